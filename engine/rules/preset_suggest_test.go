package rules_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// suggested are the settings of a preset for a check of its source, in hryvnias, with what is suggested beside the draft.
func suggested(t *testing.T, id string) (draft, full rules.Settings) {
	t.Helper()
	p, ok := rules.LookupPreset(id)
	if !ok {
		t.Fatal("no preset " + id)
	}
	check := money.Amount(p.ExampleCheck * 100)
	draft = p.Draft("Test", currency(t, "UAH"), zone(t, "Europe/Kyiv"), []string{"uk"}, check)
	return draft, p.Suggested(&draft, check, rules.Named)
}

// TestSuggestionsOfTheSource says, preset by preset, what is added to the draft, as it is written in the settings.
func TestSuggestionsOfTheSource(t *testing.T) {
	for _, c := range []struct {
		preset string
		adds   []string // of the JSON
	}{
		{"horeca", []string{`{"id":"coffee-8","name":"coffee-8","every":8,"goods":{"categories":["coffee"]},"max_price":"200"}`,
			`"when":{"weekdays":["mon","tue","wed","thu","fri"],"hours":"12:00-15:00"},"gives":{"extra_rate":"2%"}`}},
		{"retail", []string{`"on":"birthday"`, `"on":"absence"`, `"absent":{"gaps":"x2","min_visits":3,"days":90}`, `"gives":{"points":"200"}`}},
		{"services", []string{`"basis":"visits"`, `"id":"platinum","name":"platinum","from":"10","rate":"15%"`, `"inviter":"300","friend":"300"`}},
		{"grocery", []string{`"when":{"goods":{"categories":["promo"]}},"gives":{"multiply":"x2"}`}},
		{"ecommerce", []string{`"pending_days":14`}},
		{"auto", []string{`"id":"wash","name":"wash","cost":"1000","coupon":"wash"`, `"id":"tyres"`, `"cost":"3000"`}},
		{"education", []string{`"referral":{"on":true,"inviter":"300","friend":"300","min_check":"1500","purchase":1`}},
		{"travel", []string{`"rescue":{"keep_days":30,"warn_days":30}`, `"amounts":["8000","20000","40000"]`}},
		{"medical", []string{`"id":"extra","name":"extra","redeem_limit":"15%"`, `"redeem":{"limit":"0%"`}},
		{"b2b", []string{`"basis":"spend","window_days":365`, `"from":"400000","rate":"2.5%"`, `"from":"1000000","rate":"3%"`}},
	} {
		draft, full := suggested(t, c.preset)
		before, after := settingsJSON(t, &draft), settingsJSON(t, &full)
		for _, text := range c.adds {
			if strings.Contains(before, text) {
				t.Errorf("%s: %s is in the draft already", c.preset, text)
			}
			if !strings.Contains(after, text) {
				t.Errorf("%s: %s is not in\n%s", c.preset, text, after)
			}
		}
	}
}

func settingsJSON(t *testing.T, s *rules.Settings) string {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Every suggestion, in every currency of the markets, from kiosk to wholesale, is valid and survives its JSON; asked for again it changes
// nothing; and the settings it was made from stay as they are.
func TestEverySuggestionWorks(t *testing.T) {
	zones := map[string]string{"UAH": "Europe/Kyiv", "KZT": "Asia/Almaty", "PLN": "Europe/Warsaw", "EUR": "Europe/Madrid", "JPY": "Asia/Tokyo"}
	for _, p := range rules.Presets() {
		for code, zoneName := range zones {
			for _, check := range []money.Amount{100, 350, 2500, 25000, 180000, 8000000, 99999999999} {
				name := fmt.Sprintf("%s, %d %s", p.ID, check, code)
				draft := p.Draft("Кава на розі", currency(t, code), zone(t, zoneName), []string{"uk", "en"}, check)
				draft.Welcome = rules.Welcome{Points: 10, Days: 30}
				before := settingsJSON(t, &draft)
				full := p.Suggested(&draft, check, rules.Named)
				if err := full.Validate(); err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				after := settingsJSON(t, &full)
				if after == before {
					t.Errorf("%s: nothing is suggested", name)
				}
				if settingsJSON(t, &draft) != before {
					t.Errorf("%s: the draft itself has changed", name)
				}
				parsed, err := rules.ParseSettings([]byte(after))
				if err != nil {
					t.Errorf("%s: settings do not survive their JSON: %v", name, err)
					continue
				}
				again := p.Suggested(parsed, check, rules.Named)
				if settingsJSON(t, &again) != after {
					t.Errorf("%s: asked for twice:\n%s\n%s", name, after, settingsJSON(t, &again))
				}
			}
		}
	}
}

// What is suggested is not warned of, but for the statuses and rates of salons, which live above the guard by their source's own numbers.
func TestSuggestionsAreWise(t *testing.T) {
	for _, p := range rules.Presets() {
		draft, full := suggested(t, p.ID)
		if got, want := full.Warnings(), draft.Warnings(); !slices.Equal(got, want) {
			t.Errorf("%s: the draft is warned of as %v, with what is suggested as %v", p.ID, want, got)
		}
	}
}

func TestSuggestionsLeaveWhatIsThere(t *testing.T) {
	draft, _ := suggested(t, "horeca")
	draft.Goods = []rules.Category{{ID: "coffee", Name: rules.Named("Flat whites"), NoRedeem: true}}
	draft.Stamps = []rules.StampCard{{ID: "coffee-8", Name: rules.Named("Ours"), Every: 6}}
	p, _ := rules.LookupPreset("horeca")
	full := p.Suggested(&draft, 25000, rules.Named)
	if len(full.Goods) != 1 || !full.Goods[0].NoRedeem || len(full.Stamps) != 1 || full.Stamps[0].Every != 6 || len(full.Rules) != 1 {
		t.Errorf("%+v", full)
	}
}
