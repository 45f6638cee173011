package owner_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk/talktest"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// inAll is a name in every language of a shop, told apart by the language.
func inAll(en, uk, ru, kk, pl, es string) rules.Name {
	return rules.Name{"en": en, "uk": uk, "ru": ru, "kk": kk, "pl": pl, "es": es}
}

// fullSettings are of a shop that uses every mechanic.
func fullSettings(t *testing.T) rules.Settings {
	s := settingsOf(t, "horeca", "UAH", "Europe/Kyiv", 25000, "uk", "en", "ru", "kk", "pl", "es")
	half := money.Rate(5000)
	s.Goods = []rules.Category{
		{ID: "coffee", Name: inAll("Coffee", "Кава", "Кофе", "Кофе", "Kawa", "Café")},
		{ID: "cakes", Name: inAll("Cakes", "Тістечка", "Пирожные", "Тәттілер", "Ciasta", "Pasteles")},
	}
	s.Earn.PerVisit, s.Earn.PendingDays, s.Earn.Caps = 2, 1, rules.EarnCaps{PerSale: 100, PerDay: 200, PerMonth: 1000, Balance: 5000, SalesPerDay: 3}
	s.Discount = rules.Discount{Rate: 200, MaxShare: 5000, NoEarn: true, NoRedeem: true}
	s.Redeem.MinCheck, s.Redeem.MinPayable, s.Redeem.MinPoints = 10000, 100, 20
	s.Redeem.Caps = rules.RedeemCaps{PerDay: 300, PerMonth: 3000, TimesPerDay: 2}
	s.Lots = rules.Lots{Days: 90, GraceDays: 14, Sliding: true, RoundTo: rules.PeriodMonth}
	s.Rescue = rules.Rescue{KeepDays: 14, WarnDays: 5}
	s.Rules = []rules.Rule{
		{ID: "morning", Name: inAll("Early bird", "Рання пташка", "Ранняя пташка", "Таңғы құс", "Ranny ptaszek", "Madrugadores"), On: rules.TriggerSale,
			Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}, When: rules.Condition{Goods: rules.Goods{Categories: []string{"coffee"}}, Hours: rules.Hours{From: 480, To: 600}}},
		{ID: "review", Name: inAll("A review", "Відгук", "Отзыв", "Пікір", "Opinia", "Una reseña"), On: rules.TriggerEvent, Event: "review", Paused: true,
			Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 20}, Limits: rules.Limits{Times: 1, Every: rules.PeriodMonth, Budget: 10000, TotalTimes: 500}},
		{ID: "staff", Name: inAll("Neighbours", "Сусіди", "Соседи", "Көршілер", "Sąsiedzi", "Vecinos"), On: rules.TriggerSale,
			Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 2000}, When: rules.Condition{Tags: []string{"neighbour"}, NotTags: []string{"staff"}, Locations: []string{"abc123", "def456"}}, Exclusive: true, Limits: rules.Limits{BudgetMoney: 500000}},
	}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 365, KeepDays: 365, GraceDays: 7, WarnDays: 14, Downgrade: rules.DowngradeStep, List: []rules.Tier{
		{ID: "silver", Name: inAll("Silver", "Срібло", "Серебро", "Күміс", "Srebro", "Plata")},
		{ID: "gold", Name: inAll("Gold", "Золото", "Золото", "Алтын", "Złoto", "Oro"), From: 2000000, Rate: 700, Limit: &half},
	}}
	s.Stamps = []rules.StampCard{{ID: "coffee", Name: s.Goods[0].Name, Every: 8, Goods: rules.Goods{Categories: []string{"coffee"}}, MaxPrice: 9000}}
	s.Coupons = []rules.CouponKind{{ID: "croissant", Name: inAll("Croissant", "Круасан", "Круассан", "Круассан", "Croissant", "Cruasán"),
		Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 8000}, When: rules.Condition{Goods: rules.Goods{Categories: []string{"cakes"}}}, Days: 14, ByHand: true}}
	s.Codes = []rules.PromoCode{{Code: "AUTUMN", Points: 30, Total: 200, To: "2026-11-30"}}
	s.Rewards = []rules.Reward{{ID: "croissant", Name: s.Coupons[0].Name, Cost: 150, Coupon: "croissant", Paused: true}}
	s.Gifts = rules.Certificates{On: true, Days: 365, Amounts: []money.Amount{20000, 50000}, Max: 200000}
	s.Referral = rules.Referral{On: true, Inviter: 50, Friend: 50, Purchase: 1, MinCheck: 15000, HoldDays: 14, MaxPerMonth: 10}
	s.Transfer = rules.Transfer{On: true, Min: 10, PerDay: 200}
	s.Sharing = rules.Sharing{People: 4}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return s
}

func fullChat(t *testing.T, l locales.Language) *chat {
	t.Helper()
	c := shopChat(t, l, fullSettings(t))
	c.store.totals = engine.Totals{Sales: 41, Amount: 1043050}
	return c
}

// plainChat is of a shop without mechanics whose guests speak every language.
func plainChat(t *testing.T, l locales.Language) *chat {
	t.Helper()
	c := shopChat(t, l, settingsOf(t, "horeca", "UAH", "Europe/Kyiv", 25000, "uk", "en", "ru", "kk", "pl", "es"))
	c.store.totals = engine.Totals{Sales: 41, Amount: 1043050}
	return c
}

// offered are the ready-made mechanics, each with answers to its questions: buttons, or typed text after a "=".
func offered() [][]string {
	return [][]string{
		{"stamps", "every.8", "=Кава"}, {"hours", "days.workdays", "hours.14:00-17:00", "boost.x2"}, {"birthday", "gift.50", "window.3"},
		{"tiers", "thresholds.5000-15000", "rates.3-5-7"}, {"referral", "friends.25"}, {"winback", "gaps.20000", "=30"}, {"welcome", "=250"},
		{"bigcheck", "sum.500", "gift.25"},
	}
}

func (c *chat) answer(answer string) {
	c.t.Helper()
	if text, typed := strings.CutPrefix(answer, "="); typed {
		c.types(text)
		return
	}
	c.press("answer|" + answer)
}

// TestMechanicScreens walks through the screens of the mechanics in every language and compares what is shown with testdata.
func TestMechanicScreens(t *testing.T) {
	for _, l := range locales.Languages() {
		t.Run(string(l), func(t *testing.T) {
			var got strings.Builder
			scene := func(name string, c *chat) {
				got.WriteString("=== " + name + "\n")
				for _, m := range c.said {
					got.WriteString(talktest.Render(m) + "\n\n")
				}
			}
			partScenes(fullChat(t, l), scene)
			offScenes(plainChat(t, l), scene)
			addScenes(plainChat(t, l), scene)
			fileScenes(fullChat(t, l), scene)
			talktest.Golden(t, filepath.Join("testdata", "mechanics_"+string(l)+".golden"), got.String(), *update)
		})
	}
}

var sectionNames = []string{"base", "discount", "tiers", "promos", "stamps", "coupons", "rewards", "gifts", "friends", "feedback", "news", "expiry", "limits"}

func partScenes(c *chat, scene func(string, *chat)) {
	c.command("rules")
	scene("the rules of a shop with mechanics", c)
	c.press("parts")
	scene("all the rules", c)
	for _, name := range sectionNames {
		c.press("part|" + name)
		scene("section "+name, c)
		c.press("parts")
	}
	c.press("part|promos")
	c.press("flip|rule.0")
	scene("pause a promotion?", c)
	c.press("setflip")
	scene("a promotion paused", c)
	c.press("flip|rule.1")
	scene("resume a promotion?", c)
	c.press("setflip")
	scene("a promotion resumed", c)
	c.press("flip|rule.0")
	c.store.program.Version++
	c.press("setflip")
	scene("somebody was faster", c)
}

func offScenes(c *chat, scene func(string, *chat)) {
	c.command("rules")
	c.press("add")
	scene("what can be added", c)
	c.press("parts")
	scene("nothing is on", c)
	for _, name := range sectionNames {
		c.press("part|" + name)
		if name != "base" && name != "feedback" && name != "news" && name != "expiry" && name != "limits" {
			scene("section "+name+", off", c)
		}
		c.press("parts")
	}
}

func addScenes(c *chat, scene func(string, *chat)) {
	for _, one := range offered() {
		c.wait()
		c.command("rules")
		c.press("add")
		c.press("add|" + one[0])
		for _, answer := range one[1:] {
			scene(one[0]+", before "+answer, c)
			c.answer(answer)
		}
		scene(one[0]+", in words", c)
		c.press("answer|on")
		scene(one[0]+", on", c)
	}
}

func fileScenes(c *chat, scene func(string, *chat)) {
	c.command("rules")
	c.press("parts")
	c.press("file")
	scene("the settings as a file", c)
	c.press("getfile")
	scene("the file", c)
	for i := range c.said {
		if c.said[i].File != nil {
			c.said[i].File.Data = nil
		}
	}
	c.press("file")
	text := string(c.fileText())
	c.types(text[:len(text)/2])
	scene("half a file", c)
	c.types(text[len(text)/2:])
	scene("the same file", c)
	c.types("")
	scene("a document", c)
	c.types("hello")
	scene("no file", c)
	c.types(strings.Replace(strings.Replace(text, `"5%"`, `"500%"`, 1), `"coupon":"croissant"`, `"coupon":"crossant"`, 1))
	scene("a file with problems", c)
	c.types(strings.Replace(text, `"worth":"1"`, `"worth":"2"`, 1))
	scene("a file with another worth of a point", c)
	next := *c.store.program.Settings
	next.Rules = append(slices.Clone(next.Rules[1:]), rules.Rule{ID: "lunch", Name: rules.Named("Lunch"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 5}})
	next.Rules[0].Paused = false
	next.Earn.Rate, next.Gifts.Max = 800, 0
	next.Campaigns = &rules.Campaigns{WindowDays: 14}
	c.types(settingsJSON(c.t, &next))
	scene("what a file changes", c)
	c.press("setfile")
	scene("the file is in force", c)
}

// fileText is the settings in force as one would paste them.
func (c *chat) fileText() []byte {
	raw, err := json.Marshal(c.store.program.Settings)
	if err != nil {
		c.t.Fatal(err)
	}
	return raw
}

func TestWhatIsAddedIsInForce(t *testing.T) {
	c := plainChat(t, locales.UK)
	addScenes(c, func(string, *chat) {})
	s := c.store.program.Settings
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if c.store.versions != len(offered()) {
		t.Errorf("%d versions were made of %d mechanics", c.store.versions, len(offered()))
	}
	if len(s.Stamps) != 1 || s.Stamps[0].Every != 8 || !slices.Equal(s.Stamps[0].Goods.Categories, []string{"Кава"}) || s.Category("Кава") == nil {
		t.Errorf("the stamp card is %+v", s.Stamps)
	}
	happy := s.Rule("hours")
	if happy == nil || happy.When.Hours != (rules.Hours{From: 840, To: 1020}) || len(happy.When.Weekdays) != 5 || happy.Gives.Rate != 20000 || happy.Name["kk"] != "Бақытты сағаттар" {
		t.Errorf("happy hours are %+v", happy)
	}
	if r := s.Rule("birthday"); r == nil || r.Gives.Points != 50 || r.When.Birthday != (rules.Window{Set: true, Before: 3, After: 3}) || r.ValidDays < 6 {
		t.Errorf("the birthday gift is %+v", r)
	}
	if r := s.Rule("winback"); r == nil || r.Gives.Points != 30 || r.When.Absent.Gaps != 20000 || r.When.Absent.MinVisits != 3 || r.When.Absent.Days != 14 {
		t.Errorf("the call back is %+v", r)
	}
	if r := s.Rule("bigcheck"); r == nil || r.Gives.Points != 25 || r.When.MinCheck != 50000 {
		t.Errorf("the big check is %+v", r)
	}
	if got := fmt.Sprint(s.Earn.Rate, s.Tiers.List[0].Rate, s.Tiers.List[1].Rate, s.Tiers.List[2].Rate, s.Tiers.List[1].From, s.Tiers.List[2].From); got != "300 300 500 700 500000 1500000" {
		t.Errorf("the tiers are %s", got)
	}
	if r := s.Referral; !r.On || r.Inviter != 25 || r.Friend != 25 || r.HoldDays != 14 || r.Purchase != 1 {
		t.Errorf("the referral is %+v", r)
	}
	if w := s.Welcome; w.Points != 250 || !w.WithPurchase {
		t.Errorf("the welcome is %+v", w)
	}
}

func TestAMechanicIsAddedOnce(t *testing.T) {
	c := plainChat(t, locales.EN)
	for _, one := range offered() {
		c.wait()
		c.command("rules")
		c.press("add")
		c.press("add|" + one[0])
		for _, answer := range one[1:] {
			c.answer(answer)
		}
		on := c.find("answer|on")
		c.press("answer|on")
		c.wait() // the press is handled again by an instance that knows the new settings
		before := settingsJSON(t, c.store.program.Settings)
		c.again(on)
		if c.store.versions != 1 || settingsJSON(t, c.store.program.Settings) != before {
			t.Errorf("%s: handled again, there are %d versions", one[0], c.store.versions)
		}
		if !strings.Contains(c.shows(), "on from now") {
			t.Errorf("%s: handled again, it shows:\n%s", one[0], c.shows())
		}
		c.store.versions = 0
	}
	for _, twice := range []string{"hours", "stamps"} {
		c.wait()
		c.command("rules")
		c.press("add")
		c.press("add|" + twice)
		i := slices.IndexFunc(offered(), func(one []string) bool { return one[0] == twice })
		for _, answer := range offered()[i][1:] {
			c.answer(answer)
		}
		c.press("answer|on")
	}
	if s := c.store.program.Settings; s.Rule("hours-2") == nil || s.StampCard("stamps-2") == nil || len(s.Goods) != 1 {
		t.Errorf("a second one of a kind is not beside the first: %+v", s.Rules)
	}
	c.wait()
	c.command("rules")
	c.press("add")
	for _, once := range []string{"tiers", "referral", "welcome"} {
		if strings.Contains(buttonIDs(c), "v1|owner|add|"+once) {
			t.Errorf("%s is offered again", once)
		}
		c.pressRaw("v1|owner|add|" + once)
		c.mustSay("owner.add.there")
	}
}

func buttonIDs(c *chat) string {
	var ids []string
	for _, m := range c.said {
		for _, row := range m.Buttons {
			for _, b := range row {
				ids = append(ids, b.ID)
			}
		}
	}
	return strings.Join(ids, " ")
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	c := plainChat(t, locales.EN)
	for _, one := range []struct {
		kind   string
		before []string
		wrong  []string
		say    string
	}{
		{"stamps", nil, []string{"1", "101", "many", "8.5", ""}, "owner.add.every.wrong"},
		{"stamps", []string{"every.6"}, []string{"\u200b"}, "owner.name.empty"},
		{"hours", nil, []string{"tuesdays"}, "owner.use_buttons"},
		{"hours", []string{"days.all"}, []string{"noon", "9-9", "25:00-26:00", "8:00", "8:61-9:00", "23-25"}, "owner.add.hours.wrong"},
		{"hours", []string{"days.all", "=22–2"}, []string{"x99"}, "owner.use_buttons"},
		{"birthday", nil, []string{"0", "-5", "1.5", "lots", "99999999999"}, "owner.add.points.wrong"},
		{"birthday", []string{"=10"}, []string{"31", "-1", "week"}, "owner.add.window.wrong"},
		{"tiers", nil, []string{"5000", "9000 / 5000", "1 2 3"}, "owner.add.thresholds.wrong"},
		{"tiers", []string{"=5000 / 15000"}, []string{"3 5", "7 5 3", "3 5 70", "a b c"}, "owner.add.rates.wrong"},
		{"winback", nil, []string{"1", "11", "twice"}, "owner.add.gaps.wrong"},
		{"bigcheck", nil, []string{"0"}, "owner.sum.nothing"},
	} {
		c.command("rules")
		c.press("add")
		c.press("add|" + one.kind)
		for _, answer := range one.before {
			c.answer(answer)
		}
		for _, text := range one.wrong {
			c.types(text)
			c.mustSay(one.say)
		}
	}
	if c.store.versions != 0 {
		t.Error("a wrong answer has changed the settings")
	}
}

func TestAnswersInOtherWords(t *testing.T) {
	c := plainChat(t, locales.EN)
	c.command("rules")
	c.press("add")
	c.press("add|hours")
	c.press("answer|days.weekend")
	c.types("22 – 2")
	c.types("×3")
	c.mustShow("bonuses ×3", "Sat, Sun 22:00–02:00", "With promotions a check earns more than 7%")
	c.press("answer|back")
	c.press("answer|back")
	c.types("9.30-11")
	c.press("answer|boost.+5")
	c.mustShow("5% more back", "09:30–11:00")
	old := c.find("answer|on")
	c.press("answer|back")
	c.shares()
	c.mustSay("owner.no_contact")
	c.types("anything")
	c.mustSay("owner.use_buttons")
	c.pressRaw(old)
	if c.toast() == "" || c.store.versions != 0 {
		t.Error("a button of an earlier screen has had an effect")
	}
}

// Every shop is offered answers to every question, and whatever is pressed makes settings that can be put in force.
func TestProposalsFitEveryShop(t *testing.T) {
	c := plainChat(t, locales.EN)
	for _, shop := range []struct {
		preset, currency string
		check            money.Amount
	}{
		{"horeca", "EUR", 350}, {"horeca", "EUR", 1200}, {"grocery", "KZT", 450000}, {"retail", "PLN", 18050}, {"travel", "USD", 240000}, {"b2b", "UAH", 10000000}, {"horeca", "UZS", 9900},
		{"horeca", "JPY", 700},
	} {
		for _, m := range offered() {
			for _, pick := range []int{0, -1} {
				settings := settingsOf(t, shop.preset, shop.currency, "UTC", shop.check, "en", "es")
				c.store.program.Settings, c.store.totals = &settings, engine.Totals{Sales: 1, Amount: shop.check}
				c.wait()
				before := c.store.versions
				c.pressRaw("v1|owner|add|" + m[0])
				for range m[1:] {
					answers := c.answers()
					if len(answers) == 0 {
						t.Fatalf("%v: no answer is offered:\n%s", shop, c.shows())
					}
					c.pressID(answers[(len(answers)+pick)%len(answers)])
				}
				c.press("answer|on")
				if c.store.versions != before+1 {
					t.Errorf("%v: %s is not put in force:\n%s", shop, m[0], c.shows())
				}
			}
		}
	}
}

// answers are the buttons that answer the question on the screen.
func (c *chat) answers() []string {
	var ids []string
	for _, id := range strings.Fields(buttonIDs(c)) {
		if strings.HasPrefix(id, "v1|owner|answer|") && !strings.HasPrefix(id, "v1|owner|answer|back|") {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestWhoIsNotTheOwnerChangesNothing(t *testing.T) {
	c := fullChat(t, locales.EN)
	c.store.staff[0].Role = engine.RoleManager
	for _, id := range []string{"parts", "part|promos", "flip|rule.0|m", "setflip||m", "add", "add|hours", "answer|on|m", "file", "getfile", "setfile||m"} {
		c.pressRaw("v1|owner|" + id)
		if !strings.Contains(c.toast(), "not") || c.store.versions != 0 {
			t.Errorf("%s answers a manager %q", id, c.shows())
		}
	}
}

func TestStalePressesOfSections(t *testing.T) {
	c := fullChat(t, locales.EN)
	c.command("rules")
	c.press("parts")
	c.press("part|stamps")
	old := c.find("flip|stamps.0")
	c.press("parts")
	c.pressRaw(old)
	c.mustShow("All the rules of")
	if c.toast() == "" {
		t.Error("a press of an earlier screen is not told as one")
	}
	for _, id := range []string{"part|no", "part|promos.99", "part|promos.-1", "part|promos.x", "flip|rule.0", "setflip", "setfile", "answer|on", "answer", "add|no"} {
		c.pressRaw("v1|owner|" + id)
	}
	if c.store.versions != 0 {
		t.Error("a forged press has changed the settings")
	}
	c.press("parts")
	c.press("part|stamps")
	press := c.find("flip|stamps.0")
	c.store.program.Version++
	c.wait()
	c.pressID(press)
	c.mustSay("owner.rules.changed")
}

func TestEverythingThatCanBePaused(t *testing.T) {
	c := fullChat(t, locales.EN)
	for _, one := range []struct{ part, flip string }{
		{"promos", "rule.0"}, {"stamps", "stamps.0"}, {"coupons", "code.0"}, {"rewards", "reward.0"}, {"gifts", "gifts.0"}, {"friends", "referral.0"},
	} {
		before := settingsJSON(t, c.store.program.Settings)
		for range 2 {
			c.wait()
			c.command("rules")
			c.press("parts")
			c.press("part|" + one.part)
			c.press("flip|" + one.flip)
			yes := c.find("setflip")
			c.press("setflip")
			changed := settingsJSON(t, c.store.program.Settings)
			c.wait()
			c.again(yes)
			if settingsJSON(t, c.store.program.Settings) != changed {
				t.Errorf("%s: handled again, it is turned back", one.flip)
			}
		}
		if after := settingsJSON(t, c.store.program.Settings); after != before {
			t.Errorf("%s: paused and resumed, the settings are\n%s\nnot\n%s", one.flip, after, before)
		}
	}
	if c.store.versions != 12 {
		t.Errorf("12 changes are %d versions", c.store.versions)
	}
}

func TestLongListsComeInPages(t *testing.T) {
	s := fullSettings(t)
	for i := range 40 {
		s.Rules = append(s.Rules, rules.Rule{ID: fmt.Sprintf("a-rule-with-an-id-of-forty-characters-%02d", i), Name: rules.Named(strings.Repeat("Ш", 62) + fmt.Sprintf("%02d", i)),
			On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10}, Limits: rules.Limits{Times: 2, Every: rules.PeriodMonth, CooldownDays: 3, PerSale: 10, Budget: 100},
			When: rules.Condition{Goods: rules.Goods{Categories: []string{"coffee", "cakes"}}, MinCheck: 10000, MinUnits: 2, Tiers: []string{"gold"}, Tags: []string{"neighbour"}},
			From: "2026-12-20", To: "2027-01-08", ValidDays: 14, AfterDays: 2})
	}
	c := shopChat(t, locales.UK, s)
	c.command("rules")
	c.press("parts")
	c.press("part|promos")
	seen := 0
	for page := 1; ; page++ {
		seen += strings.Count(c.shows(), "\n🟢") + strings.Count(c.shows(), "\n⏸ Відгук")
		if !strings.Contains(buttonIDs(c), fmt.Sprintf("part|promos.%d", page)) {
			break
		}
		c.press(fmt.Sprintf("part|promos.%d", page))
	}
	if seen != 43 {
		t.Errorf("of 43 promotions %d are shown", seen)
	}
	c.press("flip|rule.42")
	c.press("setflip")
	if !c.store.program.Settings.Rules[42].Paused {
		t.Error("the last promotion is not paused")
	}
}

func TestAFileThatSomebodyOvertook(t *testing.T) {
	c := fullChat(t, locales.EN)
	c.command("rules")
	c.press("parts")
	c.press("file")
	next := *c.store.program.Settings
	next.Earn.Rate = 600
	c.types(settingsJSON(t, &next))
	apply := c.find("setfile")
	c.store.program.Version++
	c.press("setfile")
	c.mustSay("owner.rules.changed")
	c.pressRaw(apply)
	if c.store.versions != 0 {
		t.Error("overtaken, the file is in force all the same")
	}
	c.types(settingsJSON(t, &next))
	apply = c.find("setfile")
	c.press("setfile")
	c.wait()
	c.again(apply)
	c.mustSay("owner.file.applied")
	if c.store.versions != 1 || c.store.program.Settings.Earn.Rate != 600 {
		t.Errorf("%d versions, rate %d", c.store.versions, c.store.program.Settings.Earn.Rate)
	}
}

func TestTheFileIsTheSettings(t *testing.T) {
	c := fullChat(t, locales.EN)
	c.command("rules")
	c.press("parts")
	c.press("file")
	c.press("getfile")
	var file *bots.File
	for _, m := range c.said {
		if m.File != nil {
			file = m.File
		}
	}
	if file == nil || file.Name != "kava-settings.json" || file.MIME != "application/json" {
		t.Fatalf("the file is %+v", file)
	}
	s, err := rules.ParseSettings(file.Data)
	if err != nil {
		t.Fatal(err)
	}
	if settingsJSON(t, s) != settingsJSON(t, c.store.program.Settings) {
		t.Error("the file is not the settings in force")
	}
	c.types(strings.Repeat(" ", 10) + "{" + strings.Repeat(`"a":1,`, 20000))
	c.mustShow("too long")
}
