package campaign_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/segment"
	"kartka/engine/segment/segmenttest"
)

// The JSON is what is kept for years: it does not change.
func TestPlanJSON(t *testing.T) {
	audience, err := segment.Parse("visits >= 3", segment.Grammar{})
	if err != nil {
		t.Fatal(err)
	}
	plan := campaign.Plan{
		Title: "Regulars", Audience: audience,
		Variants: []campaign.Variant{{Weight: 2, Content: campaign.Content{
			Texts: map[string]string{"uk": "Привіт, {name|друже}!"}, Picture: "p1",
			Buttons: []campaign.Button{{Kind: campaign.ButtonCoupon}, {Kind: campaign.ButtonLink, URL: "https://zerno.ua/menu", Labels: map[string]string{"uk": "Меню"}}},
		}}},
		Gift: &campaign.Gift{Kind: campaign.GiftCoupon, Coupon: "free-latte"}, Budget: 500, Holdout: 1000, Window: 7, Zoned: true,
		Until: time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC),
	}
	const kept = `{"title":"Regulars","audience":{"all":[{"fact":"visits","op":">=","values":[3]}]},` +
		`"variants":[{"weight":2,"texts":{"uk":"Привіт, {name|друже}!"},"picture":"p1","buttons":[{"kind":"coupon"},{"kind":"link","url":"https://zerno.ua/menu","labels":{"uk":"Меню"}}]}],` +
		`"gift":{"kind":"coupon","coupon":"free-latte"},"budget":500,"holdout":1000,"window":7,"zoned":true,"until":"2026-12-01T18:00:00Z"}`
	plan.Audience = segment.All{audience}
	raw, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	// The encoder escapes what browsers might run; the value is the same.
	if got := strings.ReplaceAll(string(raw), `\u003e`, ">"); got != kept {
		t.Errorf("got  %s\nwant %s", got, kept)
	}
	var read campaign.Plan
	if err := json.Unmarshal([]byte(kept), &read); err != nil {
		t.Fatal(err)
	}
	plan.Audience = audience // in the form of [segment.Normal]
	if diff := cmp.Diff(plan, read); diff != "" {
		t.Error(diff)
	}
	if raw, err := json.Marshal(campaign.Plan{}); err != nil || string(raw) != "{}" {
		t.Errorf("a draft of nothing: %s, %v", raw, err)
	}
}

// What a newer version wrote beside is left out; nothing else is lost.
func TestPlanUnknownKeys(t *testing.T) {
	var read campaign.Plan
	if err := json.Unmarshal([]byte(`{"title":"a","mood":"good","variants":[{"weight":1,"sound":"loud","texts":{"uk":"б"}}],"audience":null}`), &read); err != nil {
		t.Fatal(err)
	}
	want := campaign.Plan{Title: "a", Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "б"}}}}}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
}

func TestPlanRefused(t *testing.T) {
	for raw, want := range map[string]string{
		`{`:                                      "unexpected end of JSON input",
		`[]`:                                     campaign.ProblemJSON,
		`{"window":"7"}`:                         campaign.ProblemJSON,
		`{"window":1.5}`:                         campaign.ProblemJSON,
		`{"budget":-1}`:                          campaign.ProblemNumber,
		`{"budget":1000000000001}`:               campaign.ProblemNumber,
		`{"gift":{"kind":"points","points":-5}}`: campaign.ProblemNumber,
		`{"gift":{"kind":"` + long(301) + `"}}`:  campaign.ProblemLarge,
		`{"title":"` + long(301) + `"}`:          campaign.ProblemLarge,
		`{"variants":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}`:                campaign.ProblemLarge,
		`{"variants":[{"weight":-1}]}`:                                                     campaign.ProblemNumber,
		`{"variants":[{"picture":"` + long(513) + `"}]}`:                                   campaign.ProblemLarge,
		`{"variants":[{},{"texts":{"uk":"` + long(campaign.MaxText+1) + `"}}]}`:            campaign.ProblemLong,
		`{"variants":[{"buttons":[{"kind":"link","url":"` + long(3000) + `"}]}]}`:          campaign.ProblemLarge,
		`{"variants":[{"buttons":[{"kind":"card","labels":{"uk":"` + long(700) + `"}}]}]}`: campaign.ProblemLabelLong,
		`{"audience":{"fact":"moon"}}`:                                                     "segment: fact",
		`{"audience":{}}`:                                                                  "segment: json",
		`{"x":"` + long(campaign.MaxPlan) + `"}`:                                           campaign.ProblemLarge,
	} {
		kept := campaign.Plan{Title: "as it was"}
		err := json.Unmarshal([]byte(raw), &kept)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", raw, err, want)
		}
		if kept.Title != "as it was" {
			t.Errorf("%.60s: half of it is read: %v", raw, kept)
		}
	}
	over := campaign.Plan{Variants: []campaign.Variant{{}, {Content: campaign.Content{Texts: map[string]string{"uk": long(campaign.MaxText + 1)}}}}}
	_, err := json.Marshal(over)
	var p *campaign.Problem
	if !errors.As(err, &p) || p.ID != campaign.ProblemLong || p.Variant != 1 {
		t.Errorf("what could not be read again is written: %v", err)
	}
}

// drawPlan is any plan that can be kept, good or bad.
func drawPlan(t *rapid.T) campaign.Plan {
	language := rapid.SampledFrom([]string{"uk", "en", "pl", "xx", ""})
	texts := rapid.MapOfN(language, rapid.SampledFrom([]string{"", "Привіт", "Hi {name}", "{gift}", "{{name}}", "<b>"}), 0, 3)
	button := rapid.Custom(func(t *rapid.T) campaign.Button {
		return campaign.Button{
			Kind: rapid.SampledFrom(append(campaign.ButtonKinds(), "dance")).Draw(t, "kind"), URL: rapid.SampledFrom([]string{"", "https://a.b/c", "http://a.b", "javascript:1"}).Draw(t, "url"),
			Labels: texts.Draw(t, "labels"),
		}
	})
	variant := rapid.Custom(func(t *rapid.T) campaign.Variant {
		return campaign.Variant{Weight: rapid.IntRange(0, 200).Draw(t, "weight"), Content: campaign.Content{
			Texts: texts.Draw(t, "texts"), Picture: rapid.SampledFrom([]string{"", "p"}).Draw(t, "picture"), Buttons: rapid.SliceOfN(button, 0, 6).Draw(t, "buttons"),
		}}
	})
	plan := campaign.Plan{
		Title: rapid.StringN(0, 30, -1).Draw(t, "title"), Variants: rapid.SliceOfN(variant, 0, 6).Draw(t, "variants"), Budget: rapid.IntRange(0, 1000).Draw(t, "budget"),
		Holdout: rapid.IntRange(0, 10000).Draw(t, "holdout"), Window: rapid.IntRange(0, 100).Draw(t, "window"), Zoned: rapid.Bool().Draw(t, "zoned"),
	}
	if rapid.Bool().Draw(t, "audience") {
		plan.Audience = segment.Normal(segmenttest.Expr().Draw(t, "expr"))
	}
	if rapid.Bool().Draw(t, "gives") {
		plan.Gift = &campaign.Gift{
			Kind: rapid.SampledFrom([]campaign.GiftKind{campaign.GiftPoints, campaign.GiftCoupon, campaign.GiftCertificate, "hug"}).Draw(t, "gift"), Points: money.Points(rapid.Int64Range(0, 1e12).Draw(t, "points")),
			Coupon: rapid.SampledFrom([]string{"", "latte"}).Draw(t, "coupon"), Amount: money.Amount(rapid.Int64Range(0, 1e12).Draw(t, "amount")), Days: rapid.IntRange(0, 5000).Draw(t, "days"),
		}
	}
	if rapid.Bool().Draw(t, "ends") {
		plan.Until = time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "until"), 0).UTC()
	}
	if rapid.Bool().Draw(t, "waits") {
		plan.Trigger = &campaign.Trigger{
			On: rapid.SampledFrom(append(campaign.Events(), "dance")).Draw(t, "on"), Name: rapid.SampledFrom([]string{"", "gold", "survey"}).Draw(t, "name"),
			Number: rapid.Int64Range(0, 2000).Draw(t, "number"), Days: rapid.IntRange(-400, 400).Draw(t, "days"), Minute: rapid.IntRange(0, 2000).Draw(t, "minute"),
			Delay: time.Duration(rapid.Int64Range(0, 1e16).Draw(t, "delay")), Tag: rapid.SampledFrom([]string{"", "vip", "VIP"}).Draw(t, "tag"),
			Notify: rapid.SampledFrom([]string{"", campaign.NotifyManagers, "king"}).Draw(t, "notify"),
		}
	}
	return plan
}

// A draft comes back as it was, whatever is wrong with it, and checking it never fails.
func TestPlanKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := drawPlan(t)
		raw, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		var read campaign.Plan
		if err := json.Unmarshal(raw, &read); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(read)
		if err != nil || string(again) != string(raw) {
			t.Fatalf("%v: from %s to %s", err, raw, again)
		}
		before, after := plan.Check(shop(), nil), read.Check(shop(), nil)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatal(diff)
		}
		for _, p := range before {
			if p.ID == "" || p.Variant < -1 || p.Variant >= len(plan.Variants) {
				t.Fatal(fmt.Sprint(p))
			}
		}
	})
}
