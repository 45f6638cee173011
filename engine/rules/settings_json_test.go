package rules_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// manyCases holds the properties of a test against n cases, unless -rapid.checks says otherwise.
func manyCases(t *testing.T, n int) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if given {
		return
	}
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(before); err != nil {
			t.Error(err)
		}
	})
}

// sameSettings compares settings by value: zones by name, and a list without entries is none.
var sameSettings = cmp.Options{
	cmp.Comparer(func(a, b *time.Location) bool {
		return (a == nil) == (b == nil) && (a == nil || a.String() == b.String())
	}),
	cmpopts.EquateEmpty(),
}

// TestSettingsSurviveTheirJSON: whatever valid settings say, their JSON says the same, in the same words each time, and leaves
// no field of the settings out.
func TestSettingsSurviveTheirJSON(t *testing.T) {
	manyCases(t, 10_000)
	seen, noted := map[string]bool{}, 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		if err := s.Validate(); err != nil {
			t.Fatalf("valid settings are refused: %v", err)
		}
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := rules.ParseSettings(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		if s.Zone.String() != back.Zone.String() {
			t.Fatalf("the zone %s has become %s", s.Zone, back.Zone)
		}
		back.Zone = s.Zone
		if !reflect.DeepEqual(s, back) { // many times faster than cmp, which tells what differs
			t.Fatalf("%s\n%s", cmp.Diff(s, back, sameSettings), raw)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("written twice (%v):\n%s\n%s", err, raw, again)
		}
		if noted++; noted <= 2000 {
			noteFields(seen, "", reflect.ValueOf(s).Elem())
		}
	})
	impossible := []string{ // by what these are
		".Coupons.Gives.Coupon", ".Rewards.Limits.CooldownDays", ".Rewards.Limits.PerSale", ".Rewards.Limits.Budget", ".Rewards.Limits.BudgetMoney",
	}
	for field, set := range seen {
		if noted >= 2000 && set == slices.Contains(impossible, field) {
			t.Errorf("whether settings drawn have %s set is not as expected: the property says nothing of it", field)
		}
	}
}

// noteFields remembers which fields below a value have been seen, and whether ever with something in them.
func noteFields(seen map[string]bool, at string, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[money.Currency]() || v.Type() == reflect.TypeFor[*time.Location]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			path := at + "." + v.Type().Field(i).Name
			seen[path] = seen[path] || !v.Field(i).IsZero()
			noteFields(seen, path, v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			noteFields(seen, at, v.Index(i))
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		noteFields(seen, at, v.Elem())
	}
}

// TestSettingsOfBefore: settings that know no further mechanic are written as they were before there were any, byte by byte.
func TestSettingsOfBefore(t *testing.T) {
	const before = `{"name":"Кава","preset":"horeca","currency":"UAH","time_zone":"Europe/Kyiv","languages":["uk"],` +
		`"unit":{"name":"bonus","decimals":0,"worth":"1"},"earn":{"rate":"5%","min_check":"150","rounding":"down","basis":"paid_cash"},` +
		`"redeem":{"limit":"30%","min_check":"0","min_payable":"0","min_points":"0"},"points":{"valid_days":90,"grace_days":14},` +
		`"welcome":{"points":"50","valid_days":30},"returns":{"policy":"debt"},"staff":{"max_check":"0","sales_per_day":500,` +
		`"same_card_per_day":5,"adjust_max":"0","undo_minutes":5,"hold_seconds":60},"links":{}}`
	preset, _ := rules.LookupPreset("horeca")
	uah, err := money.LookupCurrency("UAH")
	if err != nil {
		t.Fatal(err)
	}
	want := preset.Draft("Кава", uah, zone(t, "Europe/Kyiv"), []string{"uk"}, 25000)
	want.Welcome, want.Feedback = rules.Welcome{Points: 50, Days: 30}, rules.Feedback{}
	got, err := rules.ParseSettings([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got, sameSettings); diff != "" {
		t.Error(diff)
	}
	if raw, err := json.Marshal(want); err != nil || string(raw) != before {
		t.Errorf("%v\n%s\nwas\n%s", err, raw, before)
	}
}

// TestSettingsAsAShopWritesThem reads one of each in the notation of the documentation.
func TestSettingsAsAShopWritesThem(t *testing.T) {
	s, err := rules.ParseSettings([]byte(withSections(t, `"tiers":{"basis":"points","calendar":"year","list":[{"id":"gold","name":{"en":"Gold","uk":"Золото"},"from":"10000","redeem_limit":"0%"}]},
		"categories":[{"id":"beer","name":"Beer"}],
		"rules":[{"id":"happy-hours","name":"Happy hours","gives":{"multiply":"x1.5"},"stacks":true,
			"when":{"goods":{"except":["beer"]},"weekdays":["mon","sun"],"hours":"22:30-02:00","min_check":"99.90","tiers":["gold"],"birthday":{},"absent":{"gaps":"x2"}},
			"limits":{"times":1,"every":"day","budget":"100","budget_every":"month"},"from":"2026-12-01","to":"2026-12-31"}],
		"referral":{"on":true,"inviter":"100"}`)))
	if err != nil {
		t.Fatal(err)
	}
	none := money.Rate(0)
	wantRule := rules.Rule{
		ID: "happy-hours", Name: rules.Named("Happy hours"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 15000}, Stacks: true,
		When: rules.Condition{
			Goods: rules.Goods{Except: []string{"beer"}}, Weekdays: []time.Weekday{time.Monday, time.Sunday}, Hours: rules.Hours{From: 22*60 + 30, To: 120},
			MinCheck: 9990, Tiers: []string{"gold"}, Birthday: rules.Window{Set: true}, Absent: rules.Absence{Gaps: 20000},
		},
		Limits: rules.Limits{Times: 1, Every: rules.PeriodDay, Budget: 100, BudgetEvery: rules.PeriodMonth}, From: "2026-12-01", To: "2026-12-31",
	}
	wantTiers := rules.Tiers{Basis: rules.TierByPoints, Calendar: rules.PeriodYear, Downgrade: rules.DowngradeStep, List: []rules.Tier{
		{ID: "gold", Name: rules.Name{"en": "Gold", "uk": "Золото"}, From: 10000, Limit: &none}}}
	if diff := cmp.Diff([]rules.Rule{wantRule}, s.Rules, sameSettings); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantTiers, s.Tiers, sameSettings); diff != "" {
		t.Error(diff)
	}
	if s.Referral.Purchase != 1 {
		t.Errorf("the friend's purchase that pays is %d, want the first", s.Referral.Purchase)
	}
}

// plainSettings is the JSON of settings without further mechanics, open at its end.
const plainSettings = `{"name":"Test","currency":"UAH","time_zone":"Europe/Kyiv","languages":["uk"],"unit":{"name":"bonus","decimals":0,"worth":"1"},
	"earn":{"rate":"5%","min_check":"0","rounding":"down","basis":"paid_cash"},"redeem":{"limit":"30%","min_check":"0","min_payable":"0","min_points":"0"},
	"points":{"valid_days":90,"grace_days":14},"welcome":{"points":"0","valid_days":0},"returns":{"policy":"debt"},
	"staff":{"max_check":"0","sales_per_day":500,"same_card_per_day":5,"adjust_max":"0","undo_minutes":5,"hold_seconds":60},"links":{}`

// withSections returns the JSON of plain settings with sections added, or put in place of those they have.
func withSections(t fataler, sections string) string {
	t.Helper()
	var all, more map[string]json.RawMessage
	if err := json.Unmarshal([]byte(plainSettings+"}"), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte("{"+sections+"}"), &more); err != nil {
		t.Fatal(err, sections)
	}
	for name, section := range more {
		all[name] = section
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// FuzzParseSettings: no input makes ParseSettings panic; what it accepts is valid and survives its JSON; what it refuses names fields.
func FuzzParseSettings(f *testing.F) {
	f.Add([]byte(plainSettings + "}"))
	f.Add([]byte(`{`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"rules":[{"id":"a","name":{"uk":1,"uk":"b"},"gives":{"free":{}},"when":{"hours":"24:00-1"}},null,7],"tiers":{"list":[{"from":"-1"}]}}`))
	for _, example := range exampleFiles(f) {
		f.Add(example)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := rules.ParseSettings(data)
		var problems rules.Problems
		switch {
		case errors.As(err, &problems):
			for _, p := range problems {
				if p.Field == "" || p.Text == "" {
					t.Errorf("a problem without field or text: %+v", p)
				}
			}
			return
		case err != nil:
			t.Fatalf("%T: %v", err, err)
		}
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := rules.ParseSettings(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		if diff := cmp.Diff(s, back, sameSettings); diff != "" {
			t.Fatalf("%s\n%s", diff, raw)
		}
	})
}

func TestProblemsAreReportedTogether(t *testing.T) {
	_, err := rules.ParseSettings([]byte(`{}`))
	for _, field := range []string{"name", "currency", "time_zone", "languages", "unit.name", "unit.worth", "earn.rounding", "earn.basis", "returns.policy", "staff.hold_seconds"} {
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+field+" ") {
			t.Errorf("no word of %s:\n%v", field, err)
		}
	}
}
