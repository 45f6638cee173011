package campaign_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

func shop() *rules.Settings {
	return &rules.Settings{
		Languages: []string{"uk", "en"}, Coupons: []rules.CouponKind{{ID: "latte"}}, Gifts: rules.Certificates{On: true, Max: 500_00},
	}
}

// fine is a plan that nothing is wrong with.
func fine() campaign.Plan {
	return campaign.Plan{
		Audience: segment.All{}, Holdout: 1000, Window: 7, Budget: 100, Gift: &campaign.Gift{Kind: campaign.GiftCoupon, Coupon: "latte"},
		Variants: []campaign.Variant{
			{Weight: 1, Content: campaign.Content{
				Texts:   map[string]string{"uk": "Привіт, {ім'я|друже}! {gift}", "en": "Hi, {name|friend}! {gift}"},
				Buttons: []campaign.Button{{Kind: campaign.ButtonCoupon}, link("https://zerno.ua/menu?a=1#b"), link("https://кава.укр"), {Kind: campaign.ButtonStop}},
			}},
			{Weight: 100, Content: campaign.Content{Texts: map[string]string{"uk": "Кава?", "en": "Coffee?"}}},
		},
	}
}

func link(url string) campaign.Button {
	return campaign.Button{Kind: campaign.ButtonLink, URL: url, Labels: map[string]string{"uk": "Меню"}}
}

var words = map[string]map[string]campaign.Field{"uk": ukrainian}

func TestCheckFine(t *testing.T) {
	if found := fine().Check(shop(), words); found != nil {
		t.Error(found)
	}
	if !campaign.Ready(nil) || !campaign.Ready([]campaign.Problem{{Warning: true}}) || campaign.Ready([]campaign.Problem{{Warning: true}, {}}) {
		t.Error("ready is what has warnings only")
	}
}

// Each mistake is told by itself, once, with where it is.
func TestCheck(t *testing.T) {
	type found struct {
		ID       string
		Warning  bool
		Variant  int
		Language string
	}
	problem := func(id string) found { return found{ID: id, Variant: -1} }
	first := func(id string) found { return found{ID: id} }
	in := func(language, id string) found { return found{ID: id, Language: language} }
	button := func(p *campaign.Plan, b campaign.Button) { p.Variants[0].Buttons[2] = b }
	text := func(p *campaign.Plan, language, text string) { p.Variants[0].Texts[language] = text }
	for name, c := range map[string]struct {
		mistake func(*campaign.Plan)
		want    found
	}{
		"nobody chosen":             {func(p *campaign.Plan) { p.Audience = nil }, problem(campaign.ProblemAudience)},
		"five variants":             {func(p *campaign.Plan) { v := p.Variants[1]; p.Variants = append(p.Variants, v, v, v) }, problem(campaign.ProblemVariants)},
		"no weight":                 {func(p *campaign.Plan) { p.Variants[1].Weight = 0 }, found{ID: campaign.ProblemWeight, Variant: 1}},
		"too much weight":           {func(p *campaign.Plan) { p.Variants[0].Weight = 101 }, first(campaign.ProblemWeight)},
		"no text":                   {func(p *campaign.Plan) { text(p, "uk", " <b> </b>\n") }, in("uk", campaign.ProblemText)},
		"a language without a text": {func(p *campaign.Plan) { delete(p.Variants[0].Texts, "en") }, found{campaign.ProblemTextMissing, true, 0, "en"}},
		"a language of nobody":      {func(p *campaign.Plan) { text(p, "xx", "Qapla’") }, in("xx", campaign.ProblemLanguage)},
		"a wrong placeholder":       {func(p *campaign.Plan) { text(p, "en", "Hi {nmae}") }, in("en", campaign.ProblemField)},
		"another product's":         {func(p *campaign.Plan) { text(p, "uk", "Привіт, {{name}}") }, in("uk", campaign.ProblemForeign)},
		"another language's":        {func(p *campaign.Plan) { text(p, "en", "Hi {ім'я}") }, in("en", campaign.ProblemField)},
		"no fallback":               {func(p *campaign.Plan) { text(p, "en", "Hi {name}, {shop}") }, found{campaign.ProblemFallback, true, 0, "en"}},
		"five buttons":              {func(p *campaign.Plan) { p.Variants[0].Buttons = append(p.Variants[0].Buttons, link("https://a.b")) }, first(campaign.ProblemButtons)},
		"the same button twice":     {func(p *campaign.Plan) { button(p, campaign.Button{Kind: campaign.ButtonStop}) }, first(campaign.ProblemButtonTwice)},
		"a button of no kind":       {func(p *campaign.Plan) { button(p, campaign.Button{Kind: "dance"}) }, first(campaign.ProblemButtonKind)},
		"no address":                {func(p *campaign.Plan) { button(p, link("")) }, first(campaign.ProblemLink)},
		"no page":                   {func(p *campaign.Plan) { button(p, link("javascript:alert(1)")) }, first(campaign.ProblemLink)},
		"half an address":           {func(p *campaign.Plan) { button(p, link("/menu")) }, first(campaign.ProblemLink)},
		"no host":                   {func(p *campaign.Plan) { button(p, link("https:///menu")) }, first(campaign.ProblemLink)},
		"a port of nothing":         {func(p *campaign.Plan) { button(p, link("https://:80")) }, first(campaign.ProblemLink)},
		"spaces":                    {func(p *campaign.Plan) { button(p, link("https://a.b/c d")) }, first(campaign.ProblemLink)},
		"a placeholder in a link":   {func(p *campaign.Plan) { button(p, link("https://a.b/{name}")) }, first(campaign.ProblemLink)},
		"http":                      {func(p *campaign.Plan) { button(p, link("http://a.b")) }, first(campaign.ProblemLinkPlain)},
		"a password":                {func(p *campaign.Plan) { button(p, link("https://me:secret@a.b")) }, first(campaign.ProblemLinkLogin)},
		"somebody's name":           {func(p *campaign.Plan) { button(p, link("https://bank.example@a.b")) }, first(campaign.ProblemLinkLogin)},
		"a long address":            {func(p *campaign.Plan) { button(p, link("https://a.b/"+long(campaign.MaxURL))) }, first(campaign.ProblemLinkLong)},
		"no label":                  {func(p *campaign.Plan) { p.Variants[0].Buttons[2].Labels = map[string]string{"en": "Menu"} }, in("uk", campaign.ProblemLabelMissing)},
		"an empty label":            {func(p *campaign.Plan) { p.Variants[0].Buttons[2].Labels["uk"] = " " }, in("uk", campaign.ProblemLabelMissing)},
		"an empty label beside":     {func(p *campaign.Plan) { p.Variants[0].Buttons[2].Labels["en"] = " " }, in("en", campaign.ProblemLabelMissing)},
		"an empty own label":        {func(p *campaign.Plan) { p.Variants[0].Buttons[3].Labels = map[string]string{"uk": ""} }, in("uk", campaign.ProblemLabelMissing)},
		"a long label":              {func(p *campaign.Plan) { p.Variants[0].Buttons[2].Labels["uk"] = long(41) }, in("uk", campaign.ProblemLabelLong)},
		"a label with a name":       {func(p *campaign.Plan) { p.Variants[0].Buttons[2].Labels["uk"] = "{name}" }, in("uk", campaign.ProblemLabelPlaceholder)},
		"a label with a wrong name": {func(p *campaign.Plan) { p.Variants[0].Buttons[2].Labels["uk"] = "{{name}}" }, in("uk", campaign.ProblemLabelPlaceholder)},
		"a label of nobody":         {func(p *campaign.Plan) { p.Variants[0].Buttons[2].Labels["xx"] = "a" }, in("xx", campaign.ProblemLanguage)},
		"a coupon of no kind":       {func(p *campaign.Plan) { p.Gift.Coupon = "tea" }, problem(campaign.ProblemGiftCoupon)},
		"a gift of no kind":         {func(p *campaign.Plan) { p.Gift.Kind = "hug"; p.Variants[0].Buttons = nil }, problem(campaign.ProblemGiftKind)},
		"no coupon to activate":     {func(p *campaign.Plan) { p.Gift = &campaign.Gift{Kind: campaign.GiftPoints, Points: 5} }, first(campaign.ProblemGiftNoCoupon)},
		"too long a life":           {func(p *campaign.Plan) { p.Gift.Days = 3651 }, problem(campaign.ProblemGiftDays)},
		"too many held out":         {func(p *campaign.Plan) { p.Holdout = 5001 }, problem(campaign.ProblemHoldout)},
		"no window":                 {func(p *campaign.Plan) { p.Window = 0 }, problem(campaign.ProblemWindow)},
		"a long window":             {func(p *campaign.Plan) { p.Window = 61 }, problem(campaign.ProblemWindow)},
		"a negative number":         {func(p *campaign.Plan) { p.Budget = -1 }, problem(campaign.ProblemNumber)},
		"a gift nobody is told of": {func(p *campaign.Plan) {
			p.Variants = p.Variants[1:]
		}, found{campaign.ProblemGiftUntold, true, -1, ""}},
		"a bound of nothing": {func(p *campaign.Plan) {
			p.Gift, p.Variants = nil, p.Variants[1:]
		}, found{campaign.ProblemBudgetNothing, true, -1, ""}},
	} {
		plan := fine()
		c.mistake(&plan)
		var got []found
		for _, p := range plan.Check(shop(), words) {
			got = append(got, found{p.ID, p.Warning, p.Variant, p.Language})
		}
		if diff := cmp.Diff([]found{c.want}, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestCheckGift(t *testing.T) {
	check := func(g *campaign.Gift, s *rules.Settings) (ids []string) {
		p := fine()
		p.Gift, p.Variants[0].Buttons = g, nil
		for _, found := range p.Check(s, words) {
			ids = append(ids, found.ID)
		}
		return ids
	}
	none := shop()
	none.Gifts = rules.Certificates{}
	points := func(n money.Points) *campaign.Gift { return &campaign.Gift{Kind: campaign.GiftPoints, Points: n} }
	worth := func(n money.Amount) *campaign.Gift { return &campaign.Gift{Kind: campaign.GiftCertificate, Amount: n} }
	for _, c := range []struct {
		gift *campaign.Gift
		shop *rules.Settings
		want []string
	}{
		{points(1), shop(), nil}, {points(0), shop(), []string{campaign.ProblemGiftPoints}}, {points(1e9 + 1), shop(), []string{campaign.ProblemGiftPoints}},
		{worth(500_00), shop(), nil}, {worth(500_01), shop(), []string{campaign.ProblemGiftAmount}}, {worth(0), shop(), []string{campaign.ProblemGiftAmount}},
		{worth(100), none, []string{campaign.ProblemGiftCertificates}},
		{nil, shop(), []string{campaign.ProblemGiftNone, campaign.ProblemGiftNone, campaign.ProblemBudgetNothing}}, // both texts promise one
	} {
		if got := check(c.gift, c.shop); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.gift, got, c.want)
		}
	}
	p := fine()
	p.Gift = nil
	p.Variants[0].Texts = map[string]string{"uk": "а", "en": "a"}
	if found := p.Check(shop(), words); len(found) != 2 || found[0].ID != campaign.ProblemGiftNone || found[0].Args["Button"] != 1 {
		t.Errorf("a coupon's button without a gift: %v", found)
	}
}

func TestLate(t *testing.T) {
	until := time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)
	if p := (campaign.Plan{Until: until}); p.Late(until) || !p.Late(until.Add(1)) || (campaign.Plan{}).Late(until) {
		t.Error("late is after the end, and never without one")
	}
}

// Settings that are not whole, as a draft's are, have no main language; what is said in none is told, not fallen over.
func TestCheckWithoutLanguages(t *testing.T) {
	p := fine()
	p.Gift, p.Budget, p.Variants = nil, 0, p.Variants[1:]
	p.Variants[0].Texts = map[string]string{"": "a"}
	var ids []string
	for _, found := range p.Check(&rules.Settings{}, nil) {
		ids = append(ids, found.ID)
	}
	if want := []string{campaign.ProblemLanguage}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
}
