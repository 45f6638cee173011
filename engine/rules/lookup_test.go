package rules_test

import (
	"testing"

	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
)

func lookedUp() *rules.Settings {
	both := rules.Name{"uk": "Золото", "en": "Gold"}
	return &rules.Settings{
		Languages: []string{"uk", "en"},
		Goods:     []rules.Category{{ID: "a:b", Name: rules.Named("Beer")}},
		Rules:     []rules.Rule{{ID: "r", Name: both}},
		Tiers:     rules.Tiers{List: []rules.Tier{{ID: "gold", Name: both}}},
		Stamps: []rules.StampCard{
			{ID: "coffee", Name: rules.Named("Eighth coffee"), Every: 8, Goods: rules.Goods{Categories: []string{"a:b"}}, MaxPrice: 9000, Paused: true},
		},
		Coupons: []rules.CouponKind{{ID: "k", Name: rules.Name{"en": "Cup"}, Gives: rules.Benefit{Kind: rules.GivesFree}}},
		Codes:   []rules.PromoCode{{Code: "SPRING"}},
		Rewards: []rules.Reward{{ID: "w", Name: both}},
	}
}

func TestNameOf(t *testing.T) {
	s := lookedUp()
	for _, c := range []struct{ of, language, want string }{
		{"rule:r", "uk", "Золото"},
		{"rule:r", "en", "Gold"},
		{"rule:r", "pl", "Золото"}, // the program's first language
		{"tier:gold", "en", "Gold"},
		{"coupon:k", "uk", "Cup"}, // the only one there is
		{"coupon:stamps:coffee", "uk", "Eighth coffee"},
		{"stamps:coffee", "kk", "Eighth coffee"},
		{"category:a:b", "uk", "Beer"},
		{"reward:w", "en", "Gold"},
		{"code:SPRING", "en", "SPRING"},
		{"code:AUTUMN", "en", ""},
		{"rule:gone", "en", ""},
		{"tier:", "en", ""},
		{"coupon:stamps:gone", "en", ""},
		{"moon:r", "en", ""},
		{"", "en", ""},
	} {
		if got := s.NameOf(c.of, c.language); got != c.want {
			t.Errorf("%s in %s is %q, want %q", c.of, c.language, got, c.want)
		}
	}
}

func TestLookups(t *testing.T) {
	s := lookedUp()
	if s.Rule("r") != &s.Rules[0] || s.Tier("gold") != &s.Tiers.List[0] || s.StampCard("coffee") != &s.Stamps[0] ||
		s.Category("a:b") != &s.Goods[0] || s.Reward("w") != &s.Rewards[0] || s.Code(" spring ") != &s.Codes[0] {
		t.Error("something there is not found")
	}
	if s.Rule("x") != nil || s.Tier("x") != nil || s.StampCard("x") != nil || s.Category("x") != nil || s.Reward("x") != nil || s.Code("x") != nil {
		t.Error("something is found that is not there")
	}
	if k, found := s.CouponKind("k"); !found || k.ID != "k" {
		t.Errorf("%+v, %v", k, found)
	}
	if k, found := s.CouponKind("x"); found {
		t.Errorf("found %+v", k)
	}
}

func TestStampCardsAreCouponKinds(t *testing.T) {
	s := lookedUp()
	got, found := s.CouponKind("stamps:coffee")
	want := rules.CouponKind{
		ID: "stamps:coffee", Name: rules.Named("Eighth coffee"), Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 9000},
		When: rules.Condition{Goods: rules.Goods{Categories: []string{"a:b"}}}, AtOnce: true, ByHand: true,
	}
	if diff := cmp.Diff(want, got); diff != "" || !found {
		t.Error(found, diff)
	}
	if k, found := s.CouponKind("stamps:tea"); found {
		t.Errorf("found %+v", k)
	}
}
