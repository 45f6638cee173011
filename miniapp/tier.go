package miniapp

import (
	"fmt"
	"net/http"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/words"
)

// mostTiers is how many levels the page lists: those around the guest's own.
const mostTiers = 12

// tier is the level with its term, the way to the next one, and all levels with their terms.
func (a *App) tier(w http.ResponseWriter, r *http.Request, v *visitor) error {
	s := v.Program.Settings
	if len(s.Tiers.List) == 0 {
		return errGone
	}
	m, err := a.Engine.Store().Standing(r.Context(), v.Program.ID, v.Member.ID, engine.StandingQuery{Since: s.TierWindow(v.W.Now), Basis: s.Tiers.Basis})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	page := ui.TierPage{Term: v.term(&m), ByFriends: s.Tiers.Basis == rules.TierByReferrals}
	if held := s.Tier(m.Tier.ID); held != nil {
		page.Name = words.CleanName(v.W.TierName(held.ID), 40)
	}
	tierProgress(v.W, &page.Way, &m)
	if page.Way.Next != "" {
		page.So = v.W.T("app.tier.so", args{"Have": v.W.Bare(max(0, m.Qualified)), "From": v.W.Counted(page.Way.From)})
	}
	next, _ := s.ToNextTier(&m)
	page.Top = next == nil
	own := -1
	for i := range s.Tiers.List {
		if s.Tiers.List[i].ID == m.Tier.ID {
			own = i
		}
	}
	from := min(max(0, own-mostTiers/2), max(0, len(s.Tiers.List)-mostTiers))
	for i := from; i < min(len(s.Tiers.List), from+mostTiers); i++ {
		t := s.Tiers.List[i]
		page.List = append(page.List, ui.TierTerms{Name: words.CleanName(v.W.TierName(t.ID), 40), Terms: v.W.TierTerms(t), Own: i == own})
	}
	f, err := a.frame(r, v, "", v.plain("guest.tier.btn"))
	if err != nil {
		return err
	}
	f.Back = v.base
	return a.show(w, r, v, f, page)
}

// term says how long the level is the guest's, and what keeps it.
func (v *visitor) term(m *rules.Standing) []string {
	s, held := v.Program.Settings, m.Tier
	own := s.Tier(held.ID)
	if own == nil {
		return nil
	}
	if held.Until.IsZero() {
		return []string{v.W.T("guest.tier.forever")}
	}
	missing := own.From - m.Qualified
	if held.Grace && missing > 0 {
		return []string{v.W.T("guest.tier.grace", args{"Date": v.W.LastDay(s.GraceEnd(held)), "Missing": v.W.Counted(missing)})}
	}
	if held.Grace {
		return []string{v.W.T("guest.tier.until", args{"Date": v.W.LastDay(s.GraceEnd(held))})}
	}
	lines := []string{v.W.T("guest.tier.until", args{"Date": v.W.LastDay(held.Until)})}
	if missing > 0 && s.Tiers.Downgrade != rules.DowngradeNone && !held.ByHand {
		lines = append(lines, v.W.T("guest.tier.keep", args{"Missing": v.W.Counted(missing)}))
	}
	return lines
}
