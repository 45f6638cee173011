package words_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// senders speak of a shop with things that campaigns give.
func senders(t testing.TB) []words.Words {
	all := marketers(t)
	for i := range all {
		s := all[i].Program.Settings
		s.Languages = []string{"uk", "en"}
		s.Gifts = rules.Certificates{On: true, Max: 5000_00}
		s.Coupons = append(s.Coupons, rules.CouponKind{ID: "free_latte", Name: rules.Named("Лате")})
	}
	return all
}

// misplanned are plans with a mistake each, told apart by what it is.
func misplanned() (names []string, plans []campaign.Plan) {
	text := func(uk string) campaign.Plan {
		return campaign.Plan{Audience: segment.All{}, Window: 7, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": uk, "en": "Hi"}}}}}
	}
	add := func(name string, p campaign.Plan, change func(*campaign.Plan)) {
		if change != nil {
			change(&p)
		}
		names, plans = append(names, name), append(plans, p)
	}
	for _, s := range []string{
		"Hi {nmae|dear}", "Hi {moonphase}", "Hi {name, you", "Hi {moonphase", "Hi {<b>name</b>}", `<a href="{shop}">x</a>`, "Hi {{first_name}}", "Hi %moonphase%", "Hi {name}", "Hi {tier}",
		"Hi {gift}", "a\x00b", " <b></b>", strings.Repeat("{name|a}", campaign.MaxFields+1),
	} {
		name := s
		if len(name) > 60 {
			name = name[:20] + "…"
		}
		add(strconv.Quote(name), text(s), nil)
	}
	buttons := func(all ...campaign.Button) func(*campaign.Plan) {
		return func(p *campaign.Plan) { p.Variants[0].Buttons = all }
	}
	link := func(url, label string) campaign.Button {
		return campaign.Button{Kind: campaign.ButtonLink, URL: url, Labels: map[string]string{"uk": label}}
	}
	card, page := campaign.Button{Kind: campaign.ButtonCard}, link("https://example.com", "Меню")
	gift := func(g campaign.Gift) func(*campaign.Plan) {
		return func(p *campaign.Plan) { p.Gift, p.Variants[0].Texts["uk"] = &g, "{gift}" }
	}
	add("five buttons", text("a"), buttons(card, page, page, page, page))
	add("a strange button", text("a"), buttons(campaign.Button{Kind: "dance"}))
	add("the card twice", text("a"), buttons(card, card))
	for _, url := range []string{"", "menu", "http://example.com", "https://me:secret@example.com", "https://example.com/" + strings.Repeat("a", campaign.MaxURL)} {
		name := url
		if len(name) > 40 {
			name = name[:40] + "…"
		}
		add("the address "+strconv.Quote(name), text("a"), buttons(link(url, "Меню")))
	}
	for _, label := range []string{"", "Меню {name}", strings.Repeat("Меню ", 9)} {
		add("the label "+strconv.Quote(label), text("a"), buttons(link("https://example.com", label)))
	}
	add("a language of nobody", text("a"), func(p *campaign.Plan) { p.Variants[0].Texts = map[string]string{"uk": "a", "en": "b", "xx": "c"} })
	add("no English", text("a"), func(p *campaign.Plan) { p.Variants[0].Texts = map[string]string{"uk": "a"} })
	add("nobody", text("a"), func(p *campaign.Plan) { p.Audience = nil })
	add("no variant", text("a"), func(p *campaign.Plan) { p.Variants = nil })
	add("no weight", text("a"), func(p *campaign.Plan) { p.Variants = []campaign.Variant{{Content: p.Variants[0].Content}} })
	add("a strange gift", text("a"), gift(campaign.Gift{Kind: "hug"}))
	add("no points", text("a"), gift(campaign.Gift{Kind: campaign.GiftPoints}))
	add("no coupon", text("a"), gift(campaign.Gift{Kind: campaign.GiftCoupon}))
	add("a strange coupon", text("a"), gift(campaign.Gift{Kind: campaign.GiftCoupon, Coupon: "tea"}))
	add("no sum", text("a"), gift(campaign.Gift{Kind: campaign.GiftCertificate}))
	add("ten years and a day", text("a"), gift(campaign.Gift{Kind: campaign.GiftPoints, Points: 1, Days: 3651}))
	add("no coupon to activate", text("a"), func(p *campaign.Plan) {
		gift(campaign.Gift{Kind: campaign.GiftPoints, Points: 1})(p)
		buttons(campaign.Button{Kind: campaign.ButtonCoupon})(p)
	})
	add("untold", text("a"), func(p *campaign.Plan) { p.Gift = &campaign.Gift{Kind: campaign.GiftPoints, Points: 1} })
	add("too many held out", text("a"), func(p *campaign.Plan) { p.Holdout = 5001 })
	add("no window", text("a"), func(p *campaign.Plan) { p.Window = 0 })
	add("a bound of nothing", text("a"), func(p *campaign.Plan) { p.Budget = 5 })
	waits := func(on campaign.Trigger) func(*campaign.Plan) { return func(p *campaign.Plan) { p.Trigger = &on } }
	add("waits for nothing", text("a"), waits(campaign.Trigger{On: "dance"}))
	add("waits for six stars", text("a"), waits(campaign.Trigger{On: campaign.EventRating, Number: 6}))
	add("waits for two years", text("a"), waits(campaign.Trigger{On: campaign.EventBurning, Days: 730}))
	add("at 24:00", text("a"), waits(campaign.Trigger{On: campaign.EventBirthday, Minute: 1440}))
	add("two months later", text("a"), waits(campaign.Trigger{On: campaign.EventJoined, Delay: 60 * 24 * time.Hour}))
	add("a strange tier", text("a"), waits(campaign.Trigger{On: campaign.EventTierUp, Name: "unobtainium"}))
	add("an event without a name", text("a"), waits(campaign.Trigger{On: campaign.EventCustom}))
	add("a tag in capitals", text("a"), waits(campaign.Trigger{On: campaign.EventJoined, Tag: "VIP"}))
	add("a strange role", text("a"), waits(campaign.Trigger{On: campaign.EventJoined, Notify: "king"}))
	add("does nothing", text("a"), func(p *campaign.Plan) { p.Trigger, p.Variants = &campaign.Trigger{On: campaign.EventJoined}, nil })
	add("a number below zero", text("a"), func(p *campaign.Plan) { p.Budget = -5 })
	add("too long a title", text("a"), func(p *campaign.Plan) { p.Title = strings.Repeat("a", 301) })
	add("too long a text", text(strings.Repeat("a", campaign.MaxText+1)), nil)
	return names, plans
}

// Problems are read aloud, in every language, and all there are are among them.
func TestCampaignProblem(t *testing.T) {
	speakers := senders(t)
	met := map[string]bool{}
	var got strings.Builder
	tell := func(name string, problems []campaign.Problem) {
		fmt.Fprintf(&got, "=== %s\n", name)
		for _, p := range problems {
			met[p.ID] = true
			for _, w := range speakers {
				l, text := w.P.Language(), w.CampaignProblem(&p)
				if text == "" || text == w.T("error.internal") || strings.Contains(text, "{{.") || strings.Contains(text, "[") || len([]rune(text)) > 300 {
					t.Errorf("%s: %s is told as %q", l, name, text)
				}
				if near := words.CleanName(p.Near, 40); p.Suggest == "" && near != "" && p.ID != campaign.ProblemFallback && p.ID != campaign.ProblemMany && p.ID != campaign.ProblemLinkLong && !strings.Contains(text, near) {
					t.Errorf("%s: %s does not say near what: %q", l, name, text)
				}
				if !strings.Contains(text, p.Suggest) {
					t.Errorf("%s: %s does not suggest %q: %q", l, name, p.Suggest, text)
				}
				mark := " "
				if p.Warning {
					mark = "w"
				}
				fmt.Fprintf(&got, "%s%s %s\n", l, mark, plain(text))
			}
			if place := speakers[1].CampaignPlace(&p, 2); place != "" {
				fmt.Fprintf(&got, "    (%s)\n", place)
			}
		}
		got.WriteString("\n")
	}
	names, plans := misplanned()
	for i, plan := range plans {
		problems := plan.Check(speakers[0].Program.Settings, speakers[0].CampaignWords())
		if len(problems) == 0 {
			t.Errorf("%s: nothing is wrong", names[i])
		}
		tell(names[i], problems)
	}
	bare := *speakers[0].Program.Settings
	bare.Gifts = rules.Certificates{}
	certificate := campaign.Plan{Audience: segment.All{}, Window: 7, Gift: &campaign.Gift{Kind: campaign.GiftCertificate, Amount: 1},
		Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "{gift}", "en": "{gift}"}}}}}
	tell("no certificates", certificate.Check(&bare, nil))
	bare.Rules, bare.Stamps, bare.Coupons, bare.Tiers, bare.Referral, bare.Feedback = nil, nil, nil, rules.Tiers{}, rules.Referral{}, rules.Feedback{}
	for _, on := range []campaign.Trigger{{On: campaign.EventStamps}, {On: campaign.EventTierUp}, {On: campaign.EventCoupon, Days: 3}, {On: campaign.EventFriendPaid},
		{On: campaign.EventRating, Number: 3}, {On: campaign.EventBirthday}} {
		never := campaign.Plan{Trigger: &on, Window: 7, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "a", "en": "a"}}}}}
		tell("never: "+string(on.On), never.Check(&bare, nil))
	}
	var p *campaign.Problem
	if err := new(campaign.Plan).UnmarshalJSON([]byte("[]")); !errors.As(err, &p) {
		t.Fatal(err)
	}
	tell("no JSON", []campaign.Problem{*p})
	for _, id := range constants(t, "problem.go", "Problem") {
		if !met[id] {
			t.Errorf("no problem %q is told", id)
		}
	}
	golden(t, "campaign_problems.golden", got.String())
	if got, want := speakers[0].CampaignProblem(&campaign.Problem{ID: "no_such_thing"}), speakers[0].T("error.internal"); got != want {
		t.Errorf("a problem without words: %q", got)
	}
}

// constants are the texts of the constants of the engine's package whose names begin alike, or of all of the file's.
func constants(t *testing.T, name, prefix string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../engine/campaign/"+name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, prefix) {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, text)
			}
		}
		return true
	})
	if len(all) < 3 {
		t.Fatalf("found only %q", all)
	}
	return all
}

// What becomes of campaigns and of those they are for, what they give and what their buttons and placeholders are, in every language.
func TestCampaignWords(t *testing.T) {
	var got strings.Builder
	for _, w := range senders(t) {
		fmt.Fprintf(&got, "=== %s\n", w.P.Language())
		say := func(what string, text string) {
			if text == "" || text == w.T("error.internal") || strings.Contains(text, "{{.") {
				t.Errorf("%s: %s is said as %q", w.P.Language(), what, text)
			}
			fmt.Fprintf(&got, "%s: %s\n", what, plain(text))
		}
		for _, state := range []string{"draft", "waiting", "scheduled", "overdue", "running", "paused", "done", "cancelled"} {
			say(state, w.CampaignState(state))
		}
		for _, reason := range []string{"no_consent", "unreachable", "capped", "held", "quiet"} {
			say("left out, "+reason, w.CampaignLeft(reason))
		}
		for _, reason := range []string{"blocked", "refused", "late", "unknown", "no_consent", "budget", "gone"} {
			say("failed, "+reason, w.CampaignFailed(reason))
		}
		reasons := append(constants(t, "proof.go", "Few"), campaign.NoHoldout)
		for _, reason := range reasons {
			say("no proof, "+reason, w.CampaignNoProof(reason))
		}
		for _, g := range []campaign.Gift{{Kind: campaign.GiftPoints, Points: 50}, {Kind: campaign.GiftCoupon, Coupon: "free_latte"}, {Kind: campaign.GiftCoupon, Coupon: "given_up"}, {Kind: campaign.GiftCertificate, Amount: 200_00}} {
			say("gift", w.CampaignGift(&g))
		}
		for _, kind := range campaign.ButtonKinds() {
			say("button", w.CampaignButton(campaign.Button{Kind: kind}))
		}
		for _, field := range campaign.Fields() {
			written, shows := w.CampaignField(field)
			say(string(field), written+" — "+shows)
		}
		for _, text := range []string{w.CampaignState("x"), w.CampaignLeft("x"), w.CampaignFailed("x"), w.CampaignNoProof("x"), w.CampaignGift(&campaign.Gift{Kind: "x"}), w.CampaignButton(campaign.Button{Kind: "x"})} {
			if text != w.T("error.internal") {
				t.Errorf("what there is not is said as %q", text)
			}
		}
		if w.CampaignGift(nil) != "" {
			t.Error("no gift has words")
		}
		got.WriteString("\n")
	}
	golden(t, "campaign.golden", got.String())
}

// A button says what its author wrote in the reader's language; a link says at least that in another.
func TestCampaignButton(t *testing.T) {
	uk, en := speaker(t, locales.UK), speaker(t, locales.EN)
	labels := map[string]string{"uk": " Меню ", "pl": "Menu PL"}
	link, card := campaign.Button{Kind: campaign.ButtonLink, Labels: labels}, campaign.Button{Kind: campaign.ButtonCard, Labels: labels}
	for _, c := range []struct{ got, want string }{
		{uk.CampaignButton(link), "Меню"}, {en.CampaignButton(link), "Меню"}, {uk.CampaignButton(card), "Меню"}, {en.CampaignButton(card), en.T("campaign.btn.card")},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestCampaignPlace(t *testing.T) {
	w := speaker(t, locales.UK)
	for _, c := range []struct {
		p        campaign.Problem
		variants int
		want     string
	}{
		{campaign.Problem{Variant: -1}, 2, ""}, {campaign.Problem{Variant: 1}, 2, "варіант B"}, {campaign.Problem{Variant: 0}, 1, ""},
		{campaign.Problem{Variant: 0, Language: "pl"}, 2, "варіант A, польська"}, {campaign.Problem{Variant: 0, Language: "xx"}, 1, "xx"}, {campaign.Problem{Variant: 99}, 2, "варіант ?"},
	} {
		if got := w.CampaignPlace(&c.p, c.variants); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.p, got, c.want)
		}
	}
}

// Each field has a name of its own in every language, of letters alone, and none of them is the English name of another: English is always
// understood. What one writes by them is read.
func TestCampaignFields(t *testing.T) {
	lexeme := regexp.MustCompile(`^[\p{L}’]+(_[\p{L}’]+)*$`)
	w := speaker(t, locales.EN)
	for language, names := range w.CampaignWords() {
		if len(names) != len(campaign.Fields()) {
			t.Errorf("%s: %d names for %d fields", language, len(names), len(campaign.Fields()))
		}
		for name, field := range names {
			if !lexeme.MatchString(name) || name != strings.ToLower(name) {
				t.Errorf("%s: %q is not one word in lower case", language, name)
			}
			if slices.Contains(campaign.Fields(), campaign.Field(name)) && string(field) != name {
				t.Errorf("%s: %q means %q, and in English itself", language, name, field)
			}
			template, err := campaign.ParseTemplate("{"+name+"|a}", names)
			if err != nil || !slices.Equal(template.Fields(), []campaign.Field{field}) {
				t.Errorf("%s: {%s} is read as %v, %v", language, name, template.Fields(), err)
			}
		}
		if got := slices.Collect(maps.Keys(w.CampaignFields("xx"))); len(got) > 0 {
			t.Errorf("of no language: %q", got)
		}
	}
}
