package rules_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"kartka/engine/rules"
)

// mistakes are settings that no shop means: each row replaces sections of plain settings, and testdata/problems.golden says what the
// shop is told.
var mistakes = []struct{ what, sections string }{
	{"a rate of 10 000 %", `"earn":{"rate":"10000%","rounding":"down","basis":"paid_cash"}`},
	{"rates without a percent sign, sums with letters, numbers without quotes", `"earn":{"rate":"5","min_check":"25 UAH","rounding":"down","basis":"paid_cash","per_visit":10}`},
	{"too many decimals", `"earn":{"rate":"5.555%","min_check":"1.005","rounding":"down","basis":"paid_cash","per_visit":"0.5"}`},
	{"negative caps", `"earn":{"rate":"5%","rounding":"down","basis":"paid_cash","caps":{"per_sale":"-1","balance":"-5","sales_per_day":-1}},"redeem":{"limit":"-5%","caps":{"times_per_day":-2}}`},
	{"caps that contradict each other", `"earn":{"rate":"5%","rounding":"down","basis":"paid_cash","caps":{"per_sale":"500","per_day":"100","per_month":"50"}}`},
	{"points that wait longer than they live", `"earn":{"rate":"5%","rounding":"down","basis":"paid_cash","pending_days":90}`},
	{"a discount of 120 %", `"discount":{"rate":"120%","max_share":"150%"}`},
	{"a discount above the bound of all discounts", `"discount":{"rate":"10%","max_share":"5%"}`},
	{"sliding and fixed days", `"points":{"valid_days":90,"until":["12-31"],"sliding":true}`},
	{"rounding and fixed days", `"points":{"valid_days":90,"until":["12-31"],"round_to":"month"}`},
	{"days that do not exist", `"points":{"valid_days":90,"until":["06-31","02-29","31.12","12-31","12-31"],"round_to":"decade"}`},
	{"expiry settings without effect", `"points":{"valid_days":0,"sliding":true,"min_days":10}`},
	{"an absurd worth", `"unit":{"name":"bonus","decimals":9,"worth":"99999999999"}`},
	{"a welcome of nothing", `"welcome":{"points":"0","with_purchase":true}`},
	{"names that are none, repeated languages and fields", `"rules":[{"id":"a","name":5,"gives":{"points":"1"}},{"id":"b","name":{"en":1,"uk":"B","uk":"C"},"gives":{"points":"1","points":"2"}},"c"]`},
	{"a factor without a factor, a rate of a level above all bounds", `"rules":[{"id":"a","name":"A","gives":{"points":"1"},"when":{"absent":{"min_visits":5}}}],"referral":{"on":true,"levels":["0%","50%"]}`},
	{"null and wrong shapes", `"welcome":null,"links":[],"rules":{},"sharing":{"people":"two"},"transfer":{"on":"yes"},"returns":{"policy":1}`},
	{"unknown fields at every depth", `"surprise":1,"discount":{"rates":"5%"},"rules":[{"id":"a","name":"A","gives":{"percent":"5%"},"when":{"goods":{"category":"beer"}}}]`},
	{"an unknown currency and zone", `"currency":"BTC","time_zone":"Kyiv"`},
	{"languages", `"languages":["uk","uk","tlh"]`},

	{"categories", `"categories":[{"id":"beer","name":"Beer"},{"id":"beer","name":"Beer"},{"id":"","name":""},{"id":"wine","name":{"xx":"Wine","en":" "},"skus":["1","1",""]},{"id":"gift","name":"Gift","stored_value":true,"redeem_limit":"200%"}]`},
	{"a rule without a name, an id and a benefit", `"rules":[{"id":"","gives":{}}]`},
	{"ids", `"rules":[{"id":"Happy Hours","name":"A","gives":{"points":"1"}},{"id":"earn","name":"A","gives":{"points":"1"}},{"id":"twice","name":"A","gives":{"points":"1"}},{"id":"twice","name":"A","gives":{"points":"1"}}]`},
	{"a rule on what does not exist", `"rules":[{"id":"a","name":"A","gives":{"coupon":"none"},"when":{"goods":{"categories":["beer"]},"tiers":["gold"],"locations":["Main street"],"channels":["fax"]}}]`},
	{"benefits out of bounds", `"rules":[{"id":"rate","name":"A","gives":{"rate":"51%"}},{"id":"zero","name":"A","gives":{"rate":"0%"}},{"id":"extra","name":"A","gives":{"extra_rate":"101%"}},{"id":"x1","name":"A","gives":{"multiply":"x1"}},
		{"id":"x100","name":"A","gives":{"multiply":"x100"}},{"id":"x","name":"A","gives":{"multiply":"2"}},{"id":"off","name":"A","gives":{"discount":"-10%"}},{"id":"money","name":"A","gives":{"money_off":"0"}},
		{"id":"points","name":"A","gives":{"points":"-5"}},{"id":"bundle","name":"A","gives":{"bundle":{"of":3,"free":3}}},{"id":"huge","name":"A","gives":{"bundle":{"of":1000,"free":0}}},{"id":"free","name":"A","gives":{"free":{"up_to":"-1"}}}]`},
	{"several benefits in one", `"rules":[{"id":"a","name":"A","gives":{"rate":"5%","points":"10"}}]`},
	{"a benefit that its trigger cannot give", `"rules":[{"id":"a","name":"A","on":"birthday","when":{"birthday":{}},"gives":{"discount":"10%"}}]`},
	{"triggers without what they need", `"rules":[{"id":"a","name":"A","on":"birthday","gives":{"points":"1"}},{"id":"b","name":"B","on":"absence","gives":{"points":"1"}},{"id":"c","name":"C","on":"event","gives":{"points":"1"}},
		{"id":"d","name":"D","on":"event","event":"Відгук","gives":{"points":"1"}},{"id":"e","name":"E","event":"review","gives":{"points":"1"}},{"id":"f","name":"F","on":"moon","gives":{"points":"1"}}]`},
	{"conditions that make no sense", `"rules":[{"id":"a","name":"A","on":"birthday","when":{"birthday":{"before":-1,"after":400},"hours":"08:00-11:00","min_check":"100"},"gives":{"points":"1"}},
		{"id":"b","name":"B","on":"join","when":{"purchase":1,"joined_days":3,"absent":{"days":3}},"gives":{"points":"1"}}]`},
	{"conditions that contradict themselves", `"categories":[{"id":"beer","name":"Beer"}],"rules":[{"id":"a","name":"A","gives":{"points":"1"},"when":{"tags":["vip"],"not_tags":["vip"],"purchase":1,"every_nth":10,"goods":{"categories":["beer"],"except":["beer"]}}}]`},
	{"hours and days", `"rules":[{"id":"a","name":"A","gives":{"points":"1"},"when":{"hours":"8-11","weekdays":["monday"]}},{"id":"b","name":"B","gives":{"points":"1"},"when":{"hours":"24:00-25:00","weekdays":["mon","mon"]}},{"id":"c","name":"C","gives":{"points":"1"},"when":{"every_nth":1,"absent":{"gaps":"x0.5","min_visits":2}}}]`},
	{"dates", `"rules":[{"id":"a","name":"A","gives":{"points":"1"},"from":"2026-12-31","to":"2026-01-01"},{"id":"b","name":"B","gives":{"points":"1"},"from":"31.12.2026"},{"id":"c","name":"C","gives":{"points":"1"},"to":"2026-02-30"}]`},
	{"limits without effect", `"rules":[{"id":"a","name":"A","gives":{"points":"1"},"limits":{"every":"day","budget_every":"month","budget_money":"100"}},{"id":"b","name":"B","gives":{"discount":"5%"},"limits":{"per_sale":"1","budget":"1","times":-1,"cooldown_days":-7}},
		{"id":"c","name":"C","gives":{"points":"1"},"limits":{"times":1,"every":"ever"}}]`},
	{"what base rules and coupons cannot be", `"coupons":[{"id":"one","name":"One","gives":{"money_off":"1"}}],"rules":[{"id":"a","name":"A","gives":{"rate":"7%"},"exclusive":true,"stacks":true},{"id":"b","name":"B","gives":{"discount":"7%"},"exclusive":true,"valid_days":5,"pending_days":1},{"id":"c","name":"C","gives":{"coupon":"one"},"exclusive":true},{"id":"d","name":"D","gives":{"points":"1"},"priority":5000}]`},

	{"tiers that overlap", `"tiers":{"basis":"spend","list":[{"id":"a","name":"A","from":"100"},{"id":"b","name":"B","from":"100"},{"id":"c","name":"C","from":"50"},{"id":"a","name":"D","from":"500"}]}`},
	{"tiers out of bounds", `"discount":{"max_share":"20%"},"tiers":{"basis":"visits","list":[{"id":"a","name":"A","from":"-1","rate":"60%","redeem_limit":"101%"},{"id":"b","name":"B","from":"2.5","discount":"30%","valid_days":-1,"coupon":"none"}]}`},
	{"a scheme that contradicts itself", `"tiers":{"basis":"referrals","window_days":30,"calendar":"year","downgrade":"never","warn_days":5,"grace_days":5,"list":[{"id":"a","name":"A","from":"1"}]}`},
	{"a scheme without sense", `"tiers":{"basis":"luck","calendar":"moon","downgrade":"later","list":[{"id":"a","name":"A","from":"1"}]}`},
	{"a scheme without tiers", `"tiers":{"basis":"spend","window_days":365,"list":[]}`},

	{"stamp cards", `"coupons":[{"id":"one","name":"One","gives":{"money_off":"1"}}],"stamps":[{"id":"a","name":"A","every":1},{"id":"b","name":"B","every":101,"points":"1","coupon":"one"},{"id":"c","name":"C","every":5,"coupon":"none","max_price":"10"},{"id":"c","name":"C","every":5,"goods":{"categories":["tea"]}}]`},
	{"coupons", `"coupons":[{"id":"a","name":"A","gives":{"rate":"5%"}},{"id":"b","name":"B","gives":{"coupon":"a"}},{"id":"c","name":"C","gives":{"points":"5"},"alone":true},{"id":"d","name":"D","gives":{"free":{}},"alone":true,"by_hand":true,"max_open":-1,"valid_days":-1},{"id":"e","name":"E"}]`},
	{"promo codes", `"codes":[{"code":"AB","points":"1"},{"code":"весна","points":"1"},{"code":"TWICE","points":"1"},{"code":"TWICE","points":"1"},{"code":"NOTHING"},{"code":"DAYS","valid_days":3,"coupon":"none"},{"code":"DATES","points":"1","from":"2026-02-01","to":"2026-01-01","total":-1}]`},
	{"rewards", `"rewards":[{"id":"a","name":"A","cost":"0","coupon":"none"},{"id":"b","name":"B","cost":"-5","coupon":"","tiers":["gold"],"limits":{"budget":"5","cooldown_days":3}}]`},
	{"certificates", `"certificates":{"on":true,"valid_days":-1}`},
	{"sums of certificates", `"certificates":{"on":true,"amounts":["0","100","100","500"],"max":"300"}`},
	{"a referral of 4 levels", `"referral":{"on":true,"levels":["1%","1%","1%","1%"]}`},
	{"a referral of 21 %", `"referral":{"on":true,"levels":["15%","6%"]}`},
	{"a referral of nothing", `"referral":{"on":true,"hold_days":-1,"purchase":99}`},
	{"transfer and sharing", `"transfer":{"on":true,"min":"100","per_day":"50"},"sharing":{"people":100}`},
	{"feedback", `"feedback":{"on":true,"low":5,"ask_days":1000}`},
	{"feedback that is off", `"feedback":{"on":false,"low":-1,"ask_days":-7}`},
	{"fields", `"fields":[{"id":"Pet","name":"Pet"},{"id":"a","name":"","choices":[{"id":"one","name":"One"}]},{"id":"a","name":"A","asked":"yes"},{"id":"b","name":"B","choices":[{"id":"x","name":"X"},{"id":"x","name":"X"},{"id":"y"}],"kind":"text"}]`},
	{"fields without sense", `"fields":[{"id":"a","name":"A"},{"id":"a","name":"A"},{"id":"b","name":{"xx":"B"},"choices":[{"id":"x","name":"X"},{"id":"x","name":"X"},{"id":"Y","name":" y"}]}]`},
	{"too many fields", `"fields":[` + strings.Repeat(`{"id":"","name":"A"},`, 10) + `{"id":"","name":"A"}]`},
	{"messages to many", `"campaigns":{"cap":{"messages":101,"days":91},"quiet":"21-10","holdout":"51%","window_days":0,"approve_above":-1}`},
	{"messages to nobody", `"campaigns":{"cap":{"messages":-1,"days":-1},"quiet":"00:00-24:00","holdout":"a tenth","window_days":61}`},
	{"channels that are none", `"campaigns":{"prefer":"dearest","channels":["viber","Viber ","viber"]}`},
	{"too many channels", `"campaigns":{"channels":[` + strings.Repeat(`"a",`, 16) + `"a"]}`},
	{"quiet that is none", `"campaigns":{"quiet":"21:00-21:00"}`},
	{"rescue", `"rescue":{"keep_days":1000,"warn_days":-1}`},
	{"staff and links", `"staff":{"max_check":"-1","sales_per_day":-1,"hold_seconds":1},"links":{"privacy":"http://example.com"}`},
}

var updateProblems = flag.Bool("update-problems", false, "rewrite testdata/problems.golden")

// TestMistakesAreTold compares what a shop is told about each mistake with the golden file.
func TestMistakesAreTold(t *testing.T) {
	const path = "testdata/problems.golden"
	var told strings.Builder
	for _, m := range mistakes {
		problems := problemsOf(t, withSections(t, m.sections))
		fmt.Fprintf(&told, "# %s\n%s\n\n", m.what, problems)
	}
	if *updateProblems {
		if err := os.WriteFile(path, []byte(told.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, expected := strings.Split(told.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(expected)) {
		if i >= len(got) || i >= len(expected) || got[i] != expected[i] {
			t.Fatalf("line %d of %s differs: run with -update-problems and read the difference. Told now:\n%s", i+1, path, told.String())
		}
	}
}

func TestDocumentsThatAreNone(t *testing.T) {
	for document, want := range map[string]string{
		``:                    "settings is not JSON: unexpected end of JSON input",
		`{"name":`:            "settings is not JSON: unexpected end of JSON input",
		`{'name':1}`:          "settings is not JSON: invalid character '\\'' looking for beginning of object key string",
		plainSettings + `}{}`: "settings is not JSON: invalid character '{' after top-level value",
		strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000): "settings is not JSON: invalid character '[' exceeded max depth",
	} {
		if told := problemsOf(t, document); told != want {
			t.Errorf("%.40s: %s, want %s", document, told, want)
		}
	}
	for _, document := range []string{`null`, `[]`, `5`, `"settings"`} {
		if told := problemsOf(t, document); !strings.HasPrefix(told, "settings is n") {
			t.Errorf("%s: %s", document, told)
		}
	}
	if told := problemsOf(t, `{`+strings.Repeat(`"x":1,`, 5000)+`"y":1}`); strings.Count(told, "does not know") != 500 {
		t.Errorf("%d unknown fields are told one by one", strings.Count(told, "does not know"))
	}
}

// TestListsAreBounded: each list has a size beyond which it is refused, and what is in it is no longer told entry by entry.
func TestListsAreBounded(t *testing.T) {
	coupon := `"coupons":[{"id":"one","name":"One","gives":{"money_off":"1"}}],`
	for _, c := range []struct {
		field, entry string // %d is the place
		most         int
	}{
		{"rules", `{"id":"r%d","name":"R","gives":{"points":"1"}}`, 500},
		{"categories", `{"id":"c%d","name":"C"}`, 200},
		{"stamps", `{"id":"s%d","name":"S","every":5}`, 50},
		{"codes", `{"code":"CODE%d","points":"1"}`, 500},
		{"rewards", `{"id":"r%d","name":"R","cost":"1","coupon":"one"}`, 200},
		{"coupons", `{"id":"k%d","name":"K","gives":{"money_off":"1"}}`, 200},
		{"tiers.list", `{"id":"t%d","name":"T","from":"1%03[1]d"}`, 50},
	} {
		list := func(n int) string {
			entries := make([]string, n)
			for i := range entries {
				entries[i] = fmt.Sprintf(c.entry, i)
			}
			section := "[" + strings.Join(entries, ",") + "]"
			switch c.field {
			case "tiers.list":
				return withSections(t, `"tiers":{"basis":"spend","list":`+section+`}`)
			case "coupons":
				return withSections(t, `"coupons":`+section)
			}
			return withSections(t, coupon+`"`+c.field+`":`+section)
		}
		if _, err := rules.ParseSettings([]byte(list(c.most))); err != nil {
			t.Errorf("%d entries of %s: %v", c.most, c.field, err)
		}
		want := fmt.Sprintf("%s has %d entries; use at most %d", c.field, c.most+1, c.most)
		if told := problemsOf(t, list(c.most+1)); told != want {
			t.Errorf("%s, want %s", told, want)
		}
	}
	skus := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`"%d"`, i)
		}
		return strings.Join(list, ",")
	}
	document := `"categories":[{"id":"a","name":"A","skus":[` + skus(4000) + `]},{"id":"b","name":"B","skus":[` + skus(1001) + `]}]`
	if told := problemsOf(t, withSections(t, document)); !strings.HasPrefix(told, "categories have 5001 SKUs together") {
		t.Error(told)
	}
}

// TestValidateSettingsMadeInCode: what the JSON cannot say is refused too.
func TestValidateSettingsMadeInCode(t *testing.T) {
	plain := func() *rules.Settings {
		s, err := rules.ParseSettings([]byte(plainSettings + "}"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		field  string
		change func(*rules.Settings)
	}{
		{"rules[a].on", func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "a", Name: rules.Named("A"), Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 1}}}
		}},
		{"rules[a].gives", func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "a", Name: rules.Named("A"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: "luck"}}}
		}},
		{"rules[a].gives", func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "a", Name: rules.Named("A"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 1, Rate: 5}}}
		}},
		{"rules[a].when.weekdays", func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "a", Name: rules.Named("A"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesFree}, When: rules.Condition{Weekdays: []time.Weekday{9}}}}
		}},
		{"rules[a].when.hours", func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "a", Name: rules.Named("A"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesFree}, When: rules.Condition{Hours: rules.Hours{From: -1, To: 5000}}}}
		}},
		{"rules[a].when.birthday", func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "a", Name: rules.Named("A"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesFree}, When: rules.Condition{Birthday: rules.Window{After: 3}}}}
		}},
		{"rules[a].name", func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "a", Name: rules.Named("two\nlines"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesFree}}}
		}},
		{"tiers.downgrade", func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierBySpend, List: []rules.Tier{{ID: "a", Name: rules.Named("A")}}}
		}},
		{"referral.purchase", func(s *rules.Settings) { s.Referral = rules.Referral{On: true, Friend: 1} }},
		{"currency", func(s *rules.Settings) { s.Currency.Code = "" }},
		{"time_zone", func(s *rules.Settings) { s.Zone = nil }},
	} {
		s := plain()
		c.change(s)
		err := s.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), c.field+" ") {
			t.Errorf("want a word of %s: %v", c.field, err)
		}
		if _, err := s.MarshalJSON(); err != nil {
			t.Errorf("%s: %v", c.field, err)
		}
	}
}
