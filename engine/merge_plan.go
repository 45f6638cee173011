package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// readStandings reads what is known of both members, with every counter that limits of the program are held against now.
func (m *merging) readStandings(ctx context.Context, reads Reads) error {
	counters := mergedCounters(m.program.Settings, m)
	for s, into := range map[*side]*rules.Standing{m.keep: &m.kept, m.gone: &m.went} {
		standing, err := reads.Standing(ctx, m.program.ID, s.member.ID, StandingQuery{Counters: counters})
		if err != nil {
			return fmt.Errorf("read standing: %w", err)
		}
		*into = standing
	}
	for s, into := range map[*side]*Profile{m.keep: &m.keptProfile, m.gone: &m.wentProfile} {
		profile, err := reads.Profile(ctx, m.program.ID, s.member.ID)
		if err != nil {
			return fmt.Errorf("read profile: %w", err)
		}
		*into = profile
	}
	return m.planDays(ctx, reads)
}

// mergedCounters lists the members' own counters of everything that the settings limit.
func mergedCounters(s *rules.Settings, m *merging) []rules.Counter {
	counters := s.Counters(m.now)
	ever := func(of string) { counters = append(counters, rules.Counter{Of: of, Period: forEver}) }
	for i := range s.Rules {
		of := "rule:" + s.Rules[i].ID
		counters = append(counters, s.CountersOf(of, s.Rules[i].Limits, m.now)...)
		ever(of)
	}
	for i := range s.Rewards {
		counters = append(counters, s.CountersOf("reward:"+s.Rewards[i].ID, s.Rewards[i].Limits, m.now)...)
	}
	for i := range s.Codes {
		ever("code:" + s.Codes[i].Code)
	}
	for i := range s.Tiers.List {
		ever("tier:" + s.Tiers.List[i].ID)
	}
	counters = append(counters, givenToday(s, m.now), rules.Counter{Of: "referral", Period: s.PeriodKey(rules.PeriodMonth, m.now)})
	seen := make(map[rules.Counter]bool, len(counters))
	return slices.DeleteFunc(counters, func(c rules.Counter) bool {
		skip := c.All || seen[c]
		seen[c] = true
		return skip
	})
}

// planDays spreads what the one that is gone has done over days of the one kept, so that it counts towards a tier for as long as its
// last visit does: what lies in the window of tiers is dated there, and the rest before the window.
func (m *merging) planDays(ctx context.Context, reads MechanicReads) error {
	settings := m.program.Settings
	m.detail.Effective = m.went.Referrals
	all := MovedDay{Visits: m.went.Visits, Spent: m.went.Spent, Earned: m.went.Earned}
	if all == (MovedDay{}) {
		return nil
	}
	date := func(s rules.Standing) rules.Date {
		if s.LastVisit.IsZero() {
			return rules.DateOf(m.gone.member.JoinedAt, settings.Zone)
		}
		return rules.DateOf(s.LastVisit, settings.Zone)
	}
	since := settings.TierWindow(m.now)
	if since == "" {
		all.Day = date(m.went)
		m.detail.Days = []MovedDay{all}
		return nil
	}
	recent := MovedDay{Day: max(since, date(m.went))}
	for _, basis := range []rules.TierBasis{rules.TierByVisits, rules.TierBySpend, rules.TierByPoints} {
		s, err := reads.Standing(ctx, m.program.ID, m.gone.member.ID, StandingQuery{Since: since, Basis: basis})
		if err != nil {
			return fmt.Errorf("read standing in window: %w", err)
		}
		switch basis {
		case rules.TierByVisits:
			recent.Visits = int(s.Qualified)
		case rules.TierBySpend:
			recent.Spent = money.Amount(s.Qualified)
		case rules.TierByPoints:
			recent.Earned = money.Points(s.Qualified)
		}
	}
	before := MovedDay{Day: min(date(m.went), since.Add(-1)), Visits: all.Visits - recent.Visits, Spent: all.Spent - recent.Spent, Earned: all.Earned - recent.Earned}
	for _, d := range []MovedDay{before, recent} {
		if d != (MovedDay{Day: d.Day}) {
			m.detail.Days = append(m.detail.Days, d)
		}
	}
	return nil
}

// planStanding decides on tier, stamps, tags, counters, phone, birthday and the rest of the profile.
func (m *merging) planStanding() {
	settings := m.program.Settings
	m.tier, m.detail.Tier = m.kept.Tier, m.kept.Tier
	if higherTier(settings, m.went.Tier, m.kept.Tier) {
		m.tier = m.went.Tier
	}
	m.stamps = slices.Clone(m.kept.Stamps)
	for _, s := range m.went.Stamps {
		i := slices.IndexFunc(m.stamps, func(have rules.StampCount) bool { return have.Card == s.Card })
		if i < 0 {
			i = len(m.stamps)
			m.stamps = append(m.stamps, rules.StampCount{Card: s.Card})
		}
		if card := settings.StampCard(s.Card); card != nil { // two cards that are all but full give one gift at once, not more
			s.Count = min(s.Count, max(0, 2*(card.Every-1)-m.stamps[i].Count))
		}
		m.stamps[i].Count += s.Count
		m.stamps[i].Done += s.Done
		if s.Count != 0 || s.Done != 0 {
			m.detail.Stamps = append(m.detail.Stamps, s)
		}
	}
	m.tags = slices.Clone(m.kept.Tags)
	for _, tag := range m.went.Tags {
		if !slices.Contains(m.tags, tag) {
			m.tags = append(m.tags, tag)
			m.detail.Tags = append(m.detail.Tags, tag)
		}
	}
	for _, use := range m.went.Uses {
		if !use.All && (use.Times != 0 || use.Points != 0 || use.Amount != 0) {
			m.detail.Uses = append(m.detail.Uses, use)
		}
	}
	keep, gone := m.keep.member, m.gone.member
	m.detail.Phone = identifies(gone) && !identifies(keep)
	m.detail.Birthday = m.went.Birthday.Known() && !m.kept.Birthday.Known()
	m.detail.Profile = m.keptProfile.missing(m.wentProfile)
	if identifies(gone) && identifies(keep) && gone.Phone != keep.Phone {
		m.issues = append(m.issues, Issue{ID: "merge_two_phones"})
	}
}

// identifies reports whether a member's number is proved.
func identifies(m Member) bool {
	return m.Phone != "" && (m.Proof == ProofPlatform || m.Proof == ProofOTP)
}

// higherTier reports whether a is a better tier than b: of a higher rank, or of the same and for longer.
func higherTier(s *rules.Settings, a, b rules.TierState) bool {
	ra, rb := tierRank(s, a.ID), tierRank(s, b.ID)
	if ra != rb || ra == 0 {
		return ra > rb
	}
	return !b.Until.IsZero() && (a.Until.IsZero() || a.Until.After(b.Until))
}

// planConsents finds the consents that go over with a contact, on channels where the one kept has said nothing.
func (m *merging) planConsents(ctx context.Context, reads PeopleReads) error {
	kept, err := reads.Consents(ctx, m.program.ID, m.keep.member.ID)
	if err != nil {
		return fmt.Errorf("read consents: %w", err)
	}
	went, err := reads.Consents(ctx, m.program.ID, m.gone.member.ID)
	if err != nil {
		return fmt.Errorf("read consents: %w", err)
	}
	type subject struct {
		channel string
		purpose Purpose
	}
	said := map[subject]bool{}
	for _, c := range kept {
		said[subject{c.Channel, c.Purpose}] = true
	}
	last := map[subject]int{}
	for _, c := range went {
		s := subject{c.Channel, c.Purpose}
		comes := slices.ContainsFunc(m.contacts, func(k Contact) bool { return k.Address.Channel == c.Channel })
		if !comes || said[s] {
			continue
		}
		if i, ok := last[s]; ok {
			m.consents[i] = c
			continue
		}
		last[s] = len(m.consents)
		m.consents = append(m.consents, c)
	}
	return nil
}

// planReferrals takes over the friends of the one that is gone, and revokes what one brought the other.
func (m *merging) planReferrals(ctx context.Context, reads Reads) error {
	friends, err := reads.ReferralsOf(ctx, m.program.ID, m.gone.member.ID, mergedAtMost)
	if err != nil {
		return fmt.Errorf("read referrals: %w", err)
	}
	for _, r := range friends {
		if r.FriendID != m.keep.member.ID {
			m.friends = append(m.friends, r)
			m.detail.Friends = append(m.detail.Friends, r.FriendID)
		}
	}
	for _, pair := range [][2]string{{m.gone.member.ID, m.keep.member.ID}, {m.keep.member.ID, m.gone.member.ID}} {
		r, err := reads.Referral(ctx, m.program.ID, pair[0])
		if IsKind(err, KindNotFound) || (err == nil && r.InviterID != pair[1]) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read referral: %w", err)
		}
		if r.State == ReferralReversed || r.State == ReferralRefused {
			continue
		}
		m.detail.Referrals = append(m.detail.Referrals, r)
		m.issues = append(m.issues, Issue{ID: "merge_self_referral"})
		if err := m.revokeReferral(ctx, reads, r); err != nil {
			return err
		}
	}
	return nil
}

// revokeReferral takes back what a member got for bringing the own other card.
func (m *merging) revokeReferral(ctx context.Context, reads Reads, r Referral) error {
	if r.State != ReferralPending && r.State != ReferralPaid {
		return nil
	}
	if r.State == ReferralPaid {
		m.detail.Effective--
	}
	rewards := []revocation{{rule: "referral", points: r.Inviter, lots: []string{r.LotID}}}
	if r.Friend > 0 && r.SaleID != "" {
		sale, err := reads.Sale(ctx, m.program.ID, r.SaleID)
		if err != nil {
			return fmt.Errorf("read sale of referral: %w", err)
		}
		rewards = append(rewards, revocation{rule: "referral", points: r.Friend, lots: []string{sale.Did.FriendLot}})
	}
	for _, reward := range rewards {
		if reward.points == 0 {
			continue
		}
		if err := m.revoke(ctx, reads, reward); err != nil {
			return err
		}
	}
	return nil
}

// revoke adds a revocation, with its lots under the names they have after the merge.
func (m *merging) revoke(ctx context.Context, reads LedgerReads, r revocation) error {
	lots := r.lots
	r.lots = nil
	for _, id := range lots {
		if id == "" {
			continue
		}
		ended, err := reads.LotExpired(ctx, m.program.ID, id)
		if err != nil {
			return fmt.Errorf("read lapsed points: %w", err)
		}
		r.lapsed += ended
		for _, moved := range m.detail.Lots {
			if moved.From == id {
				id = moved.To
				break
			}
		}
		r.lots = append(r.lots, id)
	}
	r.lapsed = min(r.lapsed, r.points)
	m.revocations = append(m.revocations, r)
	return nil
}

// findTwice finds the bonuses that are given once and that both have had: for joining, and for a birthday within the last 365 days.
func (m *merging) findTwice(ctx context.Context, reads Reads) error {
	went, err := m.bonuses(ctx, reads, m.gone.member.ID, m.gone.account.ID)
	if err != nil || len(went) == 0 {
		return err
	}
	kept, err := m.bonuses(ctx, reads, m.keep.member.ID, m.keep.account.ID)
	if err != nil {
		return err
	}
	for _, b := range went {
		if !slices.ContainsFunc(kept, func(k bonus) bool { return k.rule == b.rule }) {
			continue
		}
		lots, err := m.lotsOf(ctx, reads, b)
		if err != nil {
			return err
		}
		if err := m.revoke(ctx, reads, revocation{rule: b.rule, points: b.points, lots: lots}); err != nil {
			return err
		}
	}
	return nil
}

// bonus is a bonus that is given once, as a posting tells of it.
type bonus struct {
	rule      string
	points    money.Points
	postingID string
}

// bonuses reads the bonuses of a member, and of those who became part of it, that are given once.
func (m *merging) bonuses(ctx context.Context, reads Reads, memberID, accountID string) ([]bonus, error) {
	accounts := []string{accountID}
	merges, err := reads.MergesOf(ctx, m.program.ID, memberID)
	if err != nil {
		return nil, fmt.Errorf("read merges: %w", err)
	}
	for _, r := range merges {
		if r.KeptID != memberID || !r.UndoneAt.IsZero() {
			continue
		}
		part, err := reads.Member(ctx, m.program.ID, r.GoneID)
		if err != nil {
			return nil, fmt.Errorf("read merged member: %w", err)
		}
		accounts = append(accounts, part.AccountID)
	}
	var found []bonus
	for _, id := range accounts {
		err := eachPosting(ctx, reads, m.program.ID, id, func(item HistoryItem) (bool, error) {
			for _, effect := range item.Posting.Reasons {
				if effect.State == rules.Applied && effect.Points > 0 && m.givenOnce(effect.Rule, item) {
					found = append(found, bonus{rule: effect.Rule, points: money.Points(effect.Points), postingID: item.Posting.ID})
				}
			}
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// birthdayOnce is within how many days a birthday pays one member once.
const birthdayOnce = 365

func (m *merging) givenOnce(rule string, item HistoryItem) bool {
	if s := item.Sale; s != nil && s.Total > 0 && s.ReturnedTotal >= s.Total {
		return false // it went back with the sale
	}
	if rule == "welcome" {
		return true
	}
	id, isRule := strings.CutPrefix(rule, "rule:")
	r := m.program.Settings.Rule(id)
	if !isRule || r == nil {
		return false
	}
	return r.On == rules.TriggerJoin || (r.On == rules.TriggerBirthday && item.Posting.OccurredAt.After(m.now.AddDate(0, 0, -birthdayOnce)))
}

// lotsOf names the lots that a bonus made.
func (m *merging) lotsOf(ctx context.Context, reads LedgerReads, b bonus) ([]string, error) {
	entries, err := reads.Entries(ctx, m.program.ID, b.postingID)
	if err != nil {
		return nil, fmt.Errorf("read entries of bonus: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if e.LotID != "" && e.Points > 0 && e.Contra == ledger.ContraEarn {
			ids = append(ids, e.LotID)
		}
	}
	lots, err := reads.Lots(ctx, m.program.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("read lots of bonus: %w", err)
	}
	kind := ledger.KindBonus
	if b.rule == "welcome" {
		kind = ledger.KindWelcome
	}
	ids = nil
	for _, l := range lots {
		if l.Kind == kind {
			ids = append(ids, l.ID)
		}
	}
	return ids, nil
}

// eachPosting goes through an account's postings, newest first, until each returns false.
func eachPosting(ctx context.Context, reads LedgerReads, programID, accountID string, each func(HistoryItem) (bool, error)) error {
	const page = 500
	before := ""
	for {
		items, err := reads.History(ctx, programID, accountID, before, page)
		if err != nil {
			return fmt.Errorf("read history: %w", err)
		}
		for _, item := range items {
			more, err := each(item)
			if err != nil || !more {
				return err
			}
			before = item.Posting.ID
		}
		if len(items) < page {
			return nil
		}
	}
}
