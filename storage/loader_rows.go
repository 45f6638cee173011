package storage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// Columns of what only a [Loader] writes as whole rows.
var (
	memberColumns = []string{"program_id", "id", "account_id", "card", "token", "invite_tag", "language", "state", "source", "inviter_id",
		"joined_at", "joined_at_location"}
	profileColumns       = []string{"program_id", "member_id", "name", "phone", "phone_index", "proof"}
	consentColumns       = []string{"program_id", "id", "member_id", "channel", "purpose", "given", "source", "text_id", "language", "at"}
	accountColumns       = slices.Concat(stateColumns, tierColumns[2:], []string{"member_id", "holder_state", "inviter_id", "joined_at"})
	loadedContactColumns = strings.Fields(strings.ReplaceAll(contactColumns, ",", " "))
)

// loadedRow is a row on its way into a table; rows with a lower part come first.
type loadedRow struct {
	table  string
	part   int
	values []any
}

// month is the part of rows of an instant: a month's rows are written together, after those of the months before.
func month(t time.Time) int {
	year, month, _ := t.UTC().Date()
	return 12*year + int(month)
}

// checkPeople refuses people who are not of the program or of the member, and states that there are not.
func (l *Loader) checkPeople(h *History) error {
	m := &h.Member
	switch {
	case m.ProgramID != l.program:
		return fmt.Errorf("it is of program %q", m.ProgramID)
	case m.ID == "" || m.AccountID == "":
		return errors.New("id and account are needed")
	case m.MergedInto != "":
		return errors.New("it is part of another")
	case m.State != engine.MemberActive && m.State != engine.MemberPaused && m.State != engine.MemberBlocked && m.State != engine.MemberErased:
		return fmt.Errorf("%q is no state of a member", m.State)
	case m.Proof != engine.ProofNone && m.Proof != engine.ProofTyped && m.Proof != engine.ProofPlatform && m.Proof != engine.ProofOTP:
		return fmt.Errorf("%q is no proof of a phone", m.Proof)
	}
	for _, c := range h.Contacts {
		if c.ProgramID != m.ProgramID || c.MemberID != m.ID || c.ID == "" {
			return fmt.Errorf("contact %q: it has no id, or is another member's", c.ID)
		}
	}
	for _, c := range h.Consents {
		if c.ProgramID != m.ProgramID || c.MemberID != m.ID || c.ID == "" {
			return fmt.Errorf("consent %q: it has no id, or is another member's", c.ID)
		}
		if c.Purpose != engine.PurposeService && c.Purpose != engine.PurposeMarketing {
			return fmt.Errorf("consent %s: %q is no purpose", c.ID, c.Purpose)
		}
	}
	return nil
}

// rows are all rows of a history.
func (l *Loader) rows(h *History, b *book) ([]loadedRow, error) {
	rows := make([]loadedRow, 0, 3+len(h.Contacts)+len(h.Consents)+len(h.Activity)+len(b.lots)+len(h.Sales)+len(h.Postings))
	add := func(table string, part int, values []any) { rows = append(rows, loadedRow{table, part, values}) }
	l.peopleRows(h, add)
	a := &unitAccount{program: h.Member.ProgramID, at: l.now, changed: true, Account: ledger.Account{ID: h.Member.AccountID, Debt: b.debt}}
	for _, lot := range b.lots {
		if lot.Remaining > 0 {
			a.Lots = append(a.Lots, lot.Lot)
		}
		of := engine.Posting{ProgramID: a.program, AccountID: a.ID}
		add("lot", month(lot.EarnedAt), lotRow(of, lot.Lot, lot.expired))
	}
	if err := l.dayRows(h, a, add); err != nil {
		return nil, err
	}
	// The row is built where sales build it.
	one := unit{accounts: map[ref]*unitAccount{{a.program, a.ID}: a}}
	add("account", 0, slices.Concat(one.accountRows()[0], a.tierRow()[2:], []any{h.Member.ID, string(h.Member.State), h.Member.InviterID, h.Member.JoinedAt}))
	makes := make(map[string]*Booked, len(h.Sales))
	for i := range h.Postings {
		if p := &h.Postings[i]; p.Kind == ledger.KindSale {
			makes[p.ID] = p
		}
	}
	made := make(map[string]*engine.Sale, len(h.Sales)) // those that are as they were made
	for i := range h.Sales {
		s := &h.Sales[i]
		if p := makes[s.ID]; p != nil && p.Made == nil && sameSale(&p.Posting, s) == nil {
			made[s.ID] = s
			continue
		}
		row, err := saleRow(*s)
		if err != nil {
			return nil, fmt.Errorf("sale %s: %w", s.ID, err)
		}
		add("sale", month(s.RecordedAt), row)
	}
	for i, p := range h.Postings {
		s := made[p.ID]
		sold := s != nil
		if !sold {
			s = p.Made
		}
		if p.Counted && s == nil {
			return nil, fmt.Errorf("posting %s: it counts as a visit, and what was sold is not known", p.ID)
		}
		row, err := postingRow(p.Posting, p.Plan, b.changes[i], s, sold)
		if err != nil {
			return nil, fmt.Errorf("posting %s: %w", p.ID, err)
		}
		add("posting", month(p.RecordedAt), row)
	}
	return rows, nil
}

// peopleRows adds who the member is.
func (l *Loader) peopleRows(h *History, add func(string, int, []any)) {
	m, seal := h.Member, l.store.seal
	add("member", 0, []any{m.ProgramID, m.ID, m.AccountID, m.Card, m.Token, m.InviteTag, m.Language, string(m.State), m.Source, m.InviterID,
		m.JoinedAt, m.JoinedAtLocation})
	add("trait_due", 0, []any{m.ProgramID, m.ID})
	if hasProfile(m) {
		add("profile", 0, []any{m.ProgramID, m.ID, seal.sealText(m.Name, placeProfileName(m.ProgramID, m.ID)),
			seal.sealText(m.Phone.Reveal(), placeProfilePhone(m.ProgramID, m.ID)), seal.blindIndex(indexOfPhone, m.ProgramID, m.Phone.Reveal()), string(m.Proof)})
	}
	for _, c := range h.Contacts {
		add("contact", 0, []any{c.ProgramID, c.ID, c.Address.Channel, c.Address.Sender, c.Address.UserID, c.MemberID, c.StaffID,
			seal.sealText(c.Name, placeContactName(c.ProgramID, c.ID)), c.Locale, c.Language, c.Source, nullable(c.BlockedAt), string(c.Session),
			c.SessionVersion, "", c.CreatedAt, c.CreatedAt})
	}
	for _, c := range h.Consents {
		add("consent", 0, []any{c.ProgramID, c.ID, c.MemberID, c.Channel, string(c.Purpose), c.Given, c.Source, c.Text, c.Language, c.At})
	}
}

// dayRows adds what the days came to, and adds them up to what the account says.
func (l *Loader) dayRows(h *History, a *unitAccount, add func(string, int, []any)) error {
	m, s := &h.Member, &a.stand
	s.Tier = h.Tier
	days := make([]engine.Activity, 0, len(h.Activity))
	at := make(map[rules.Date]int, len(h.Activity)) // of days
	for _, d := range h.Activity {
		switch {
		case d.ProgramID != m.ProgramID || d.MemberID != m.ID:
			return errors.New("what a day came to is another member's")
		case d.Visits == 0 && d.Spent == 0 && d.Earned == 0:
		case !d.Day.Valid():
			return fmt.Errorf("%q is no day", d.Day)
		}
		s.Visits, s.Spent, s.Earned, s.Referrals = s.Visits+d.Visits, s.Spent+d.Spent, s.Earned+d.Earned, s.Referrals+d.Referrals
		if !d.At.IsZero() && (s.FirstVisit.IsZero() || d.At.Before(s.FirstVisit)) {
			s.FirstVisit = d.At
		}
		if d.At.After(s.LastVisit) {
			s.LastVisit = d.At
		}
		if d.Counted || d.Visits == 0 && d.Spent == 0 && d.Earned == 0 {
			continue
		}
		i, ok := at[d.Day]
		if !ok {
			i = len(days)
			at[d.Day] = i
			days = append(days, engine.Activity{Day: d.Day})
		}
		sum := &days[i]
		sum.Visits, sum.Spent, sum.Earned = sum.Visits+d.Visits, sum.Spent+d.Spent, sum.Earned+d.Earned
	}
	for _, d := range days {
		first, err := time.Parse(time.DateOnly, string(d.Day))
		if err != nil {
			return fmt.Errorf("activity: %w", err)
		}
		add("activity", month(first), []any{m.ProgramID, m.ID, string(d.Day), int64(d.Visits), int64(d.Spent), int64(d.Earned)})
	}
	return nil
}
