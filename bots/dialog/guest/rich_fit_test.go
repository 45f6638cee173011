package guest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
	"kartka/locales"
)

// TestWhatIsOffLeavesNoTrace looks for any sign of a mechanic in a program without any.
func TestWhatIsOffLeavesNoTrace(t *testing.T) {
	v := guest(t, newCatalog(t), locales.UK)
	all := text(Home(v)) + text(settings(v)) + text(help(v, ""))
	for _, c := range Commands() {
		if c.May == nil {
			continue
		}
		if c.May(v) || c.May(talk.View{}) || strings.Contains(all, "/"+c.Name+" ") {
			t.Errorf("/%s is there", c.Name)
		}
	}
	for _, o := range []talk.Output{Home(v), settings(v), invited(v, nil, nil)} {
		for _, action := range []string{actOffers, actTier, actBirthday, actFamily, actGive, actRewards, actEnter} {
			if buttonOf(o, action) != "" {
				t.Errorf("there is a button %s", action)
			}
		}
	}
	rich := inApp(regular(t, newCatalog(t), locales.UK))
	for _, c := range Commands() {
		if c.May != nil && !c.May(rich) {
			t.Errorf("/%s is hidden where it is on", c.Name)
		}
	}
	pressed := press(v, bots.SlotScreen)
	for _, action := range []string{actGive, actGift} {
		if o := Press(pressed, talk.Pressed{Flow: Flow, Action: action}); o.Call != nil {
			t.Errorf("%s works where giving is off", action)
		}
	}
}

// TestCaptionFits makes everything on a card as long as settings allow.
func TestCaptionFits(t *testing.T) {
	c := newCatalog(t)
	caps, _ := bots.CapabilitiesOf(bots.Telegram)
	long := rules.Named(strings.Repeat("Щ", 64))
	for _, lang := range locales.Languages() {
		v := regular(t, c, lang)
		s := v.Program.Settings
		s.Name, v.Member.Name = long[""], long[""]
		for i := range s.Stamps {
			s.Stamps[i].Name = long
		}
		for i := range s.Coupons {
			s.Coupons[i].Name = long
		}
		for i := range s.Tiers.List {
			s.Tiers.List[i].Name = long
		}
		v.Standing.Visits, v.Program.State = 0, engine.ProgramPaused
		v.Account.Debt = 1_000_000_000
		v.Account.Lots[1].Remaining, v.Account.Lots[1].ActiveFrom = 1_000_000_000, testNow.Add(time.Hour)
		v.Account.Holds = []ledger.Hold{{ID: holdID, Points: 1_000_000_000, ExpiresAt: testNow.Add(time.Minute)}}
		for _, note := range []bots.Rich{"", v.Rich("guest.family.has_card"), v.Rich("guest.card.foreign")} {
			m := card(v, note)
			if n := bots.UTF16Len(bots.Plain(m.Text)); n > captionUnits {
				t.Errorf("%s: the caption has %d characters", lang, n)
			}
			if _, loss := bots.Fit(m, caps); len(loss) > 0 {
				t.Errorf("%s: Telegram loses %v", lang, loss)
			}
			if !strings.Contains(string(m.Text), "123") {
				t.Errorf("%s: the number of the card is gone", lang)
			}
		}
	}
}

// TestOffersFit fills the offers with as much as settings allow.
func TestOffersFit(t *testing.T) {
	c := newCatalog(t)
	caps, _ := bots.CapabilitiesOf(bots.Telegram)
	long := rules.Named(strings.Repeat("Щ", 64))
	for _, lang := range locales.Languages() {
		v := regular(t, c, lang)
		s := v.Program.Settings
		var have held
		for i := range 50 {
			r := s.Rules[0]
			r.ID, r.Name = fmt.Sprintf("rule-%d", i), long
			card := s.Stamps[i%4]
			card.ID, card.Name = fmt.Sprintf("card-%d", i), long
			s.Rules, s.Stamps = append(s.Rules, r), append(s.Stamps, card)
			have.Coupons = append(have.Coupons, lunchCoupon(rules.CouponIssued))
			have.Certificates = append(have.Certificates, engine.Certificate{Left: 100_000_000, ExpiresAt: testNow.AddDate(1, 0, 0)})
		}
		s.Coupons[0].Name = long
		seen := 0
		for from := 0; from < len(have.Coupons); from += offersPage {
			o := offered(v, have, from, nil)
			for _, m := range o.Say {
				if _, loss := bots.Fit(m, caps); len(loss) > 0 {
					t.Fatalf("%s: Telegram loses %v", lang, loss)
				}
				checkButtons(t, string(lang), m)
				for _, row := range m.Buttons {
					if p, ok := talk.ParseID(row[0].ID); ok && p.Action == actCoupon {
						seen++
					}
				}
			}
		}
		if seen != len(have.Coupons) {
			t.Errorf("%s: the pages show %d coupons, want %d", lang, seen, len(have.Coupons))
		}
	}
	for arg, want := range map[string]int{"": 0, "6": 6, "-6": 0, "x": 0, "99999999": 0} {
		if got := firstOf(arg); got != want {
			t.Errorf("a page that begins with %q is at %d, want %d", arg, got, want)
		}
	}
}

// TestLongestButtonIDs makes buttons with the longest ids that settings allow.
func TestLongestButtonIDs(t *testing.T) {
	v := regular(t, newCatalog(t), locales.UK)
	id := strings.Repeat("r", 40)
	v.Program.Settings.Rewards = []rules.Reward{{ID: id, Name: rules.Named("x"), Cost: 1, Coupon: "cake"}}
	for _, m := range append(askReward(v, id).Say, cancelAsked(v, cakeCoupon(), nil).Say...) {
		checkButtons(t, "long ids", m)
	}
}

func TestEveryGuestNoticeHasWords(t *testing.T) {
	kinds := found(t, `Notice\w+\s+NoticeKind = "(\w+)"`, "engine")
	if len(kinds) < 30 {
		t.Fatalf("found only %d kinds of notices", len(kinds))
	}
	for _, staff := range []engine.NoticeKind{engine.NoticeSpendDone, engine.NoticeSpendDenied, engine.NoticeSpendLate, engine.NoticeStaffJoined, engine.NoticeStaffLeft} {
		delete(kinds, string(staff))
	}
	delete(kinds, string(engine.NoticeLowRating)) // to owners and managers
	delete(kinds, string(engine.NoticeTrigger))   // to staff
	for kind := range kinds {
		if strings.HasPrefix(kind, "campaign_") { // to marketers
			delete(kinds, kind)
		}
	}
	delete(kinds, string(engine.NoticeSpendAsk)) // asks while its hold lives
	c := newCatalog(t)
	for _, lang := range locales.Languages() {
		for kind := range kinds {
			v := regular(t, c, lang)
			if engine.NoticeKind(kind) == engine.NoticeShareLeft {
				v.Member = nil
			}
			for _, args := range []map[string]any{{}, {"points": 10.0, "until": "2026-12-31", "name": "Іван", "coupon": "gone", "reward": "gone", "tier": "gone", "rule": "gone"}} {
				n := engine.Notice{Kind: engine.NoticeKind(kind), Args: args, Posted: &engine.Posted{}}
				if said := Notice(v, n); len(said) == 0 || said[0].Text == "" || len(said[0].Buttons) == 0 && !said[0].OnlyIfShown {
					t.Errorf("%s: the notice %s says %v", lang, kind, said)
				}
			}
		}
	}
}

func TestEveryPostingHasALineInTheHistory(t *testing.T) {
	kinds := found(t, `Kind\w+\s+Kind = "(\w+)"`, "engine/ledger")
	for _, lot := range []ledger.Kind{ledger.KindEarn, ledger.KindBurn, ledger.KindGrace} { // of lots and moves, never of a posting
		delete(kinds, string(lot))
	}
	c := newCatalog(t)
	for _, lang := range locales.Languages() {
		for kind := range kinds {
			if !c.Printer(lang).Has("guest.history.what." + kind) {
				t.Errorf("%s: %s has no words", lang, kind)
			}
		}
	}
}

func TestStampsAreDrawn(t *testing.T) {
	v := regular(t, newCatalog(t), locales.EN)
	for _, c := range []struct {
		card  rules.StampCard
		count int
		want  string
	}{
		{rules.StampCard{Every: 8}, 5, "●●●●●○○ 5 of 7, then one is free"},
		{rules.StampCard{Every: 8}, 7, "●●●●●●● 7 of 7: the next one is free!"},
		{rules.StampCard{Every: 8}, 9, "●●●●●●● 7 of 7: the next one is free!"},
		{rules.StampCard{Every: 8}, -1, "○○○○○○○ 0 of 7. To make up after a return: 1"},
		{rules.StampCard{Every: 10, Points: 50}, 10, "●●●●●●●●●● 10 of 10, then 50 bonuses"},
		{rules.StampCard{Every: 11, Points: 50}, 3, ": 3 of 11, then 50 bonuses"},
		{rules.StampCard{Every: 12}, 11, ": 11 of 11: the next one is free!"},
	} {
		c.card.ID, c.card.Name = "x", rules.Named("X")
		v.Program.Settings.Stamps = []rules.StampCard{c.card}
		v.Standing.Stamps = []rules.StampCount{{Card: "x", Count: c.count}}
		if got := strings.ReplaceAll(bots.Plain(stampLine(v, stampCards(v)[0])), "\u00a0", " "); !strings.HasSuffix(got, c.want) {
			t.Errorf("%d of %d is %q, want %q", c.count, c.card.Every, got, c.want)
		}
	}
}
