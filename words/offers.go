package words

import (
	"cmp"
	"slices"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Worth is what points pay for: "12,50 ₴".
func (w Words) Worth(p money.Points) string {
	sum, err := w.Program.Settings.Unit.Money(p)
	if err != nil { // beyond what money can count; nobody has that many
		sum = 0
	}
	return w.Money(sum)
}

// EndOf is the last day before an instant in words, "" for one that never comes.
func (w Words) EndOf(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	return w.LastDay(end)
}

// CouponName is the name of a kind of coupons, or a word for one that the shop has given up.
func (w Words) CouponName(kind string) string {
	return cmp.Or(w.Name("coupon:"+kind, ""), w.T("guest.coupon.nameless"))
}

// CouponOpen reports whether a coupon can still be used.
func (w Words) CouponOpen(c rules.Coupon) bool {
	return (c.State == rules.CouponIssued || c.State == rules.CouponActivated) && (c.Expires.IsZero() || c.Expires.After(w.Now))
}

// CouponState says in a few words what a coupon waits for, or what became of it.
func (w Words) CouponState(c engine.CouponItem) string {
	switch {
	case c.State == rules.CouponApplied:
		return w.T("guest.coupon.state.used")
	case c.State == rules.CouponRevoked:
		return w.T("guest.coupon.state.revoked")
	case !w.CouponOpen(c.Coupon.Coupon):
		return w.T("guest.coupon.state.over")
	case !c.Known:
		return w.T("guest.coupon.state.gone")
	case c.Kind.ByHand:
		return w.T("guest.coupon.state.by_hand")
	case c.State == rules.CouponIssued:
		return w.T("guest.coupon.state.issued")
	}
	return w.T("guest.coupon.state.active")
}

// CertificateLeft is what is left on a gift certificate: money or points.
func (w Words) CertificateLeft(c engine.Certificate) string {
	if c.Points > 0 {
		return w.Points(c.Points)
	}
	return w.Money(c.Left)
}

// Promotions are the shop's rules for purchases that are in force today and for somebody of this standing, the most important first. What
// else they ask is in their terms.
func (w Words) Promotions(m *rules.Standing) []rules.Rule {
	day := rules.DateOf(w.Now, w.Program.Settings.Zone)
	var now []rules.Rule
	for _, r := range w.Program.Settings.Rules {
		if r.On == rules.TriggerSale && !r.Paused && (r.From == "" || r.From <= day) && (r.To == "" || day <= r.To) && reaches(m, r) {
			now = append(now, r)
		}
	}
	slices.SortStableFunc(now, func(a, b rules.Rule) int { return cmp.Compare(b.Priority, a.Priority) })
	return now
}

// reaches reports whether a promotion is for somebody at all: for the own tier and the own tags.
func reaches(m *rules.Standing, r rules.Rule) bool {
	tagged := func(t string) bool { return slices.Contains(m.Tags, t) }
	return (len(r.When.Tiers) == 0 || slices.Contains(r.When.Tiers, m.Tier.ID)) &&
		(len(r.When.Tags) == 0 || slices.ContainsFunc(r.When.Tags, tagged)) && !slices.ContainsFunc(r.When.NotTags, tagged)
}
