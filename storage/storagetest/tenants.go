package storagetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
)

// testTenants gives two programs the same person with the same ids, phone, card, keys and receipt, and checks that neither ever
// sees the other.
func testTenants(t *testing.T, url func(testing.TB) string) {
	one := openShop(t, url)
	two := newShop(t, one.Store)
	fill := func(s *shop, name string) {
		s.Helper()
		id := s.program.ID
		m := engine.Member{ID: "m", ProgramID: id, AccountID: "a", Card: "123456786", Token: "t", InviteTag: "g", Name: name, Phone: "+380671234567", Proof: engine.ProofPlatform,
			State: engine.MemberActive, JoinedAt: epoch}
		s.bot()
		s.tx(func(tx engine.Tx) error {
			c, err := tx.TouchContact(s.ctx, engine.Contact{ID: "c", ProgramID: id, Address: engine.Address{Channel: "telegram", Sender: "bot-of-" + id, UserID: "7"}, Name: name, CreatedAt: epoch})
			return errors.Join(err,
				tx.InsertLocation(s.ctx, engine.Location{ID: "l", ProgramID: id, Name: name, Code: "x", CreatedAt: epoch}),
				tx.InsertStaff(s.ctx, engine.Staff{ID: "s", ProgramID: id, Role: engine.RoleOwner, Name: name, LocationID: "l", CreatedAt: epoch}),
				tx.InsertInvite(s.ctx, engine.Invite{ID: "i", ProgramID: id, TokenHash: "h", Role: engine.RoleCashier, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}),
				tx.InsertAudit(s.ctx, engine.Audit{ID: "au", ProgramID: id, Act: name, At: epoch}),
				tx.InsertMember(s.ctx, m),
				tx.LinkContact(s.ctx, id, c.ID, "m", "s"),
				tx.InsertConsent(s.ctx, engine.Consent{ID: "co", ProgramID: id, MemberID: "m", Channel: "telegram", Purpose: engine.PurposeService, Given: true, Source: name, At: epoch}),
				tx.InsertHold(s.ctx, engine.Hold{Hold: ledger.Hold{ID: "h", Points: 1, CreatedAt: epoch, ExpiresAt: epoch}, ProgramID: id, MemberID: "m", AccountID: "a", State: engine.HoldHeld, Key: "k", Asker: name}),
				tx.Enqueue(s.ctx, engine.Outbound{ID: "o", ProgramID: id, ContactID: "c", Key: "k", Lane: engine.LaneInteractive, Message: json.RawMessage(`"` + name + `"`), At: epoch}),
			)
		})
		s.tx(func(tx engine.Tx) error {
			account := ledger.Account{ID: "a"}
			lot := ledger.Lot{ID: "lot", Points: 100, ActiveFrom: epoch, EarnedAt: epoch, ExpiresAt: epoch, SaleID: "sa", Kind: ledger.KindEarn}
			plan, err := account.Credit(lot, ledger.ContraEarn)
			p := s.posting(m, ledger.KindSale, "k", &account, plan)
			p.ID, p.SaleID, p.Note, p.LocationID, p.StaffID = "sa", "sa", name, "l", "s"
			sale := engine.Sale{ID: "sa", ProgramID: id, MemberID: "m", AccountID: "a", LocationID: "l", Till: "1", ReceiptNo: "1", Business: "2026-03-14", StaffID: "s",
				Source: name, Currency: "UAH", Version: 1, OccurredAt: epoch, RecordedAt: epoch}
			return errors.Join(err, tx.InsertSale(s.ctx, sale, p, plan),
				tx.PutRating(s.ctx, engine.Rating{ID: "ra", ProgramID: id, SaleID: "sa", MemberID: "m", LocationID: "l", StaffID: "s", Stars: 5, Comment: name,
					Via: engine.RatedInChat, Day: "2026-03-14", At: epoch, ChangedAt: epoch}),
				tx.SetAsked(s.ctx, id, "m", engine.Asked{At: epoch, SaleID: "sa"}, epoch))
		})
		must(s.Accept(s.ctx, []engine.Inbound{{ID: "in", ProgramID: id, Address: engine.Address{Channel: "telegram", Sender: "bot-of-" + id, UserID: "7"}, Key: "k", At: epoch, Body: []byte(name)}}))(s)
	}
	fill(one, "перша")
	fill(two, "друга")

	// Everything that can be changed is changed in the second.
	id := two.program.ID
	two.tx(func(tx engine.Tx) error {
		accounts, err := tx.LockAccounts(two.ctx, id, "a")
		if err != nil {
			return err
		}
		if len(accounts) != 1 || len(accounts[0].Lots) != 1 || len(accounts[0].Holds) != 1 {
			t.Errorf("locking met the other program: %+v", accounts)
		}
		plan := accounts[0].Forfeit()
		p := two.posting(engine.Member{ID: "m", AccountID: "a"}, ledger.KindForfeit, "k2", &accounts[0], plan)
		return errors.Join(tx.InsertPosting(two.ctx, p, plan), tx.SetHoldState(two.ctx, id, "h", engine.HoldReleased, engine.HoldHeld),
			tx.UpdateSaleReturned(two.ctx, engine.Sale{ID: "sa", ProgramID: id, ReversedEarn: 1}), tx.UseInvite(two.ctx, id, "i", "s", epoch),
			tx.SetLanguage(two.ctx, id, "c", "kk"), tx.SaveSession(two.ctx, id, "c", []byte(`{}`), 0), tx.SetBlocked(two.ctx, id, "c", epoch),
			tx.PutRating(two.ctx, engine.Rating{ID: "ra", ProgramID: id, SaleID: "sa", Stars: 1, Via: engine.RatedInApp, Day: "2026-03-14", At: epoch, ChangedAt: epoch}),
			tx.SetAsked(two.ctx, id, "m", engine.Asked{At: epoch.Add(time.Hour), SaleID: "another"}, epoch),
			tx.SettleInbound(two.ctx, id, "in", engine.InboundDead, ""), tx.EraseMember(two.ctx, id, "m", epoch))
	})

	// The first is as it was.
	s, id := one, one.program.ID
	const name = "перша"
	a := engine.Address{Channel: "telegram", Sender: "bot-of-" + id, UserID: "7"}
	p := must(s.Person(s.ctx, id, a, epoch))(t)
	if p.Member == nil || p.Member.Name != name || p.Staff == nil || p.Staff.Name != name || p.Place == nil || p.Place.Name != name || p.Contact.Language != "" ||
		!p.Contact.BlockedAt.IsZero() || p.Account.Balance() != 100 || p.Asked.SaleID != "sa" || len(p.Account.Holds) != 1 || !p.Consent[engine.PurposeService] {
		t.Errorf("the first program's person is %+v", p)
	}
	for what, got := range map[string][]string{
		"members by phone": names(must(s.MembersByPhone(s.ctx, id, "+380671234567"))(t), func(m engine.Member) string { return m.Name }),
		"locations":        names(must(s.Locations(s.ctx, id))(t), func(l engine.Location) string { return l.Name }),
		"staff":            names(must(s.StaffList(s.ctx, id))(t), func(s engine.Staff) string { return s.Name }),
		"audit":            names(must(s.AuditLog(s.ctx, id, 9))(t), func(a engine.Audit) string { return a.Act }),
		"consents":         names(must(s.Consents(s.ctx, id, "m"))(t), func(c engine.Consent) string { return c.Source }),
		"contacts":         names(must(s.ContactsOf(s.ctx, id, "m", ""))(t), func(c engine.Contact) string { return c.Name }),
		"history":          names(must(s.History(s.ctx, id, "a", "", 9))(t), func(h engine.HistoryItem) string { return h.Posting.Note }),
		"sale postings":    names(must(s.SalePostings(s.ctx, id, "sa"))(t), func(p engine.Posting) string { return p.Note }),
		"holds":            names(must(s.HoldsToExpire(s.ctx, id, epoch, 9))(t), func(h engine.Hold) string { return h.Asker }),
		"pending":          names(must(s.PendingInbound(s.ctx, a, 9))(t), func(in engine.Inbound) string { return string(in.Body) }),
		"ratings":          names(must(s.Ratings(s.ctx, id, engine.RatingQuery{Limit: 9}))(t), func(r engine.RatedSale) string { return r.Comment }),
		"ratings of":       names(must(s.RatingsOf(s.ctx, id, "m"))(t), func(r engine.Rating) string { return r.Comment }),
		"rating":           {must(s.Rating(s.ctx, id, "sa"))(t).Comment},
		"sale":             {must(s.SaleByReceipt(s.ctx, id, "l", "1", "2026-03-14", "1"))(t).Source},
		"by card":          {must(s.MemberByCard(s.ctx, id, "123456786"))(t).Name},
		"by token":         {must(s.MemberByToken(s.ctx, id, "t"))(t).Name},
		"by tag":           {must(s.MemberByInviteTag(s.ctx, id, "g"))(t).Name},
		"posting by key":   {must(s.PostingByKey(s.ctx, id, "k"))(t).Note},
		"hold by key":      {must(s.HoldByKey(s.ctx, id, "k"))(t).Asker},
		"location by code": {must(s.LocationByCode(s.ctx, id, "x"))(t).Name},
	} {
		equal(t, what, got, []string{name})
	}
	if i := must(s.InviteByHash(s.ctx, id, "h"))(t); i.UsedBy != "" {
		t.Error("the first program's invite is used")
	}
	if sale := must(s.Sale(s.ctx, id, "sa"))(t); sale.ReversedEarn != 0 {
		t.Error("the first program's sale is returned")
	}
	if n := len(must(s.Entries(s.ctx, id, "sa"))(t)); n != 1 {
		t.Errorf("%d entries", n)
	}
	if lots := must(s.Lots(s.ctx, id, []string{"lot"}))(t); len(lots) != 1 || lots[0].Remaining != 100 {
		t.Errorf("lots %+v", lots)
	}
	if sums := must(s.RatingSums(s.ctx, id, "2026-03-14", "2026-03-14"))(t); len(sums) != 1 || sums[0].Counts != [5]int{4: 1} {
		t.Errorf("marks %+v", sums)
	}
	if due := must(s.AccountsWithExpired(s.ctx, id, epoch, "", 9))(t); len(due) != 1 {
		t.Errorf("due are %v", due)
	}
	if dead := must(s.DeadInbound(s.ctx, id, 9))(t); len(dead) != 0 {
		t.Errorf("dead are %v", dead)
	}
	if total := must(s.DayTotals(s.ctx, id, "", "", epoch, epoch.Add(time.Hour)))(t); total.Sales != 1 || total.New != 1 {
		t.Errorf("totals %+v", total)
	}
	out := must(s.ClaimOutbound(s.ctx, id, "telegram", "bot-of-"+id, engine.LaneInteractive, epoch, 1, 9))(t)
	equal(t, "claimed", names(out, func(o engine.Outbound) string { return string(o.Message) }), []string{`"` + name + `"`})
	one.clean()
	if sum := must(two.Verify(two.ctx, two.program.ID, nil, nil))(t); sum.Balance != 0 || sum.Accounts != 1 || sum.Postings != 2 || sum.Sales != 1 {
		t.Errorf("verification of the second saw %+v", sum)
	}
}

func names[T any](list []T, name func(T) string) (out []string) {
	for _, v := range list {
		out = append(out, name(v))
	}
	return out
}
