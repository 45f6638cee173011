package rules

import (
	"slices"
	"strings"
)

// stampKind begins the id of the coupon kind that every stamp card has without its being written: a free unit, handed over later.
const stampKind = "stamps:"

// Category returns the category with an id, or nil. What it points to belongs to the settings and is not to be changed.
func (s *Settings) Category(id string) *Category {
	for i := range s.Goods {
		if s.Goods[i].ID == id {
			return &s.Goods[i]
		}
	}
	return nil
}

// Rule returns the rule with an id, or nil.
func (s *Settings) Rule(id string) *Rule {
	for i := range s.Rules {
		if s.Rules[i].ID == id {
			return &s.Rules[i]
		}
	}
	return nil
}

// Tier returns the tier with an id, or nil: a member may hold one that the shop has since given up.
func (s *Settings) Tier(id string) *Tier {
	for i := range s.Tiers.List {
		if s.Tiers.List[i].ID == id {
			return &s.Tiers.List[i]
		}
	}
	return nil
}

// Birthdays reports whether the program does anything for birthdays. Guests are asked for theirs only then.
func (s *Settings) Birthdays() bool {
	return slices.ContainsFunc(s.Rules, func(r Rule) bool { return !r.Paused && (r.On == TriggerBirthday || r.When.Birthday.Set) }) ||
		slices.ContainsFunc(s.Coupons, func(k CouponKind) bool { return k.When.Birthday.Set })
}

// StampCard returns the stamp card with an id, or nil.
func (s *Settings) StampCard(id string) *StampCard {
	for i := range s.Stamps {
		if s.Stamps[i].ID == id {
			return &s.Stamps[i]
		}
	}
	return nil
}

// CouponKind returns the kind of coupons with an id. Beside the kinds as written it knows "stamps:CARD" of every stamp card: the
// free unit of a full round whose goods were not on the check, handed over by staff. Coupons of it stay good when the card is paused or
// its gift is changed.
func (s *Settings) CouponKind(id string) (CouponKind, bool) {
	if card, found := strings.CutPrefix(id, stampKind); found {
		c := s.StampCard(card)
		if c == nil {
			return CouponKind{}, false
		}
		return CouponKind{
			ID: id, Name: c.Name, Gives: Benefit{Kind: GivesFree, Amount: c.MaxPrice}, When: Condition{Goods: c.Goods},
			AtOnce: true, ByHand: true,
		}, true
	}
	for i := range s.Coupons {
		if s.Coupons[i].ID == id {
			return s.Coupons[i], true
		}
	}
	return CouponKind{}, false
}

// Code returns the promo code a guest has entered, whatever its case and the spaces around it, or nil.
func (s *Settings) Code(text string) *PromoCode {
	text = strings.ToUpper(strings.TrimSpace(text))
	for i := range s.Codes {
		if s.Codes[i].Code == text {
			return &s.Codes[i]
		}
	}
	return nil
}

// Reward returns the reward with an id, or nil.
func (s *Settings) Reward(id string) *Reward {
	for i := range s.Rewards {
		if s.Rewards[i].ID == id {
			return &s.Rewards[i]
		}
	}
	return nil
}

// NameOf returns the name of what a [Reason] or a [Grant] speaks of in a language: "rule:ID", "tier:ID", "coupon:ID", "stamps:ID",
// "category:ID", "reward:ID", "field:ID", or "code:CODE", which is its own name. It is "" when the settings know no such thing.
func (s *Settings) NameOf(of, language string) string {
	subject, id, _ := strings.Cut(of, ":")
	var name Name
	switch subject {
	case "rule":
		if r := s.Rule(id); r != nil {
			name = r.Name
		}
	case "tier":
		if t := s.Tier(id); t != nil {
			name = t.Name
		}
	case "coupon":
		if k, found := s.CouponKind(id); found {
			name = k.Name
		}
	case "stamps":
		if c := s.StampCard(id); c != nil {
			name = c.Name
		}
	case "category":
		if c := s.Category(id); c != nil {
			name = c.Name
		}
	case "reward":
		if r := s.Reward(id); r != nil {
			name = r.Name
		}
	case "field":
		if f := s.Field(id); f != nil {
			name = f.Name
		}
	case "code":
		if c := s.Code(id); c != nil {
			return c.Code
		}
	}
	return name.In(language, s.Languages...)
}
