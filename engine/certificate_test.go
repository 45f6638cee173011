package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

func (w *world) sell(t *testing.T, in engine.SellCertificateInput) engine.Certificate {
	t.Helper()
	sold, err := w.engine.SellCertificate(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return sold.Certificate
}

func TestCertificatesAreSold(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Staff.AdjustMax = 100
		p := w.newProgram(t, s)
		w.attach(t, p)
		cashier, _ := w.hire(t, p, "1", engine.RoleCashier)
		manager, _ := w.hire(t, p, "2", engine.RoleManager)
		owner, _ := w.hire(t, p, "3", engine.RoleOwner)
		sell := func(in engine.SellCertificateInput) error {
			in.Key, in.ProgramID = "refused", p.ID
			_, err := w.engine.SellCertificate(t.Context(), in)
			return err
		}
		for _, x := range []struct {
			what string
			in   engine.SellCertificateInput
			want string
		}{
			{"too large", engine.SellCertificateInput{StaffID: cashier.ID, Amount: 100001}, "certificate_amount_not_sold"},
			{"nothing", engine.SellCertificateInput{StaffID: cashier.ID}, "certificate_amount"},
			{"below zero", engine.SellCertificateInput{Amount: -5}, "certificate_amount"},
			{"both", engine.SellCertificateInput{Amount: 5, Points: 5}, "certificate_amount"},
			{"points by a cashier", engine.SellCertificateInput{StaffID: cashier.ID, Points: 5}, "not_allowed"},
			{"many points by a manager", engine.SellCertificateInput{StaffID: manager.ID, Points: 101}, "adjust_limit"},
			{"another term by a cashier", engine.SellCertificateInput{StaffID: cashier.ID, Amount: 50000, Days: 1000}, "not_allowed"},
			{"a term before today", engine.SellCertificateInput{Amount: 50000, Days: -1}, "certificate_days"},
		} {
			wantError(t, x.what, sell(x.in), x.want)
		}
		in := engine.SellCertificateInput{Key: "s1", ProgramID: p.ID, StaffID: cashier.ID, Amount: 50000}
		c := w.sell(t, in)
		code := c.Code.Reveal()
		if len(code) != 12 || cardcode.Damm(code) != '0' {
			t.Errorf("code %q", code)
		}
		// 365 days after 2 March 2026, through 2 March 2027 in Kyiv.
		if want := time.Date(2027, 3, 2, 22, 0, 0, 0, time.UTC); c.Left != 50000 || !c.ExpiresAt.Equal(want) {
			t.Errorf("sold: %+v", c)
		}
		again, err := w.engine.SellCertificate(t.Context(), in)
		if err != nil || !again.Replayed || again.Certificate.ID != c.ID || again.Certificate.Code != c.Code {
			t.Errorf("again: %+v, %v", again, err)
		}
		in.Amount = 60000
		_, err = w.engine.SellCertificate(t.Context(), in)
		wantError(t, "the key with another sum", err, "key_reused")
		posting, err := w.store.PostingByKey(t.Context(), p.ID, "s1")
		if err != nil || posting.Kind != ledger.KindGift || strings.Contains(string(posting.Answer), code) {
			t.Errorf("posting: %+v, %v", posting, err)
		}
		if got := w.sell(t, engine.SellCertificateInput{Key: "s2", ProgramID: p.ID, StaffID: owner.ID, Points: 500, Days: 10}); got.Points != 500 || got.Left != 0 {
			t.Errorf("of points: %+v", got)
		}
		log, err := w.store.AuditLog(t.Context(), p.ID, 1)
		if err != nil || log[0].Act != "certificate_sold" || log[0].StaffID != owner.ID {
			t.Errorf("audit: %+v, %v", log, err)
		}

		typed := code[:4] + " " + code[4:8] + "-" + code[8:]
		found, err := w.engine.FindCertificate(t.Context(), p.ID, cashier.ID, typed)
		if err != nil || found.ID != c.ID || found.State != engine.CertificateActive {
			t.Errorf("found: %+v, %v", found, err)
		}
		wrong := []byte(code)
		wrong[3] = '0' + (wrong[3]-'0'+1)%10
		_, err = w.engine.FindCertificate(t.Context(), p.ID, cashier.ID, string(wrong))
		wantError(t, "a mistyped code", err, "certificate_unknown")
		w.pass(366 * 24 * time.Hour)
		if found, err := w.engine.FindCertificate(t.Context(), p.ID, cashier.ID, code); err != nil || found.State != engine.CertificateExpired {
			t.Errorf("after its term: %+v, %v", found, err)
		}
		w.verify(t, p)
	})
}

func TestCertificatesAreClaimed(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Welcome.Points = 0
		p := w.newProgram(t, s)
		m, other := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		claim := func(key string, who engine.Member, c engine.Certificate) (engine.CodeEntered, error) {
			return w.engine.ClaimCertificate(t.Context(), engine.EnterCodeInput{Key: key, ProgramID: p.ID, MemberID: who.ID, Text: c.Code.Reveal()})
		}
		points := w.sell(t, engine.SellCertificateInput{Key: "s1", ProgramID: p.ID, Points: 200})
		got, err := claim("c1", m, points)
		if err != nil || got.Earned != 200 || got.Certificate == nil || got.Certificate.State != engine.CertificateSpent {
			t.Fatalf("points: %+v, %v", got, err)
		}
		if again, err := claim("c1", m, points); err != nil || !again.Replayed || again.Certificate.ID != points.ID {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = claim("c2", other, points)
		wantError(t, "points claimed before", err, "certificate_empty")
		if b := w.balance(t, p, m).Total; b != 200 {
			t.Errorf("balance %d", b)
		}

		cash := w.sell(t, engine.SellCertificateInput{Key: "s2", ProgramID: p.ID, Amount: 50000})
		card, err := w.enter(t, p, m, "c3", cash.Code.Reveal()[:6]+" "+cash.Code.Reveal()[6:])
		if err != nil || card.Certificate == nil || card.Certificate.MemberID != m.ID || card.Earned != 0 {
			t.Fatalf("money: %+v, %v", card, err)
		}
		_, err = claim("c4", m, cash)
		wantError(t, "on the own card already", err, "certificate_yours")
		_, err = claim("c5", other, cash)
		wantError(t, "on another card", err, "certificate_taken")
		list, err := w.engine.Certificates(t.Context(), p.ID, m.ID)
		if err != nil || len(list) != 1 || list[0].ID != cash.ID {
			t.Errorf("list: %+v, %v", list, err)
		}
		history, err := w.engine.History(t.Context(), p.ID, m.AccountID, "", 9)
		if err != nil || len(history) != 2 || history[0].Posting.Kind != ledger.KindGift || history[1].Posting.Points != 200 {
			t.Errorf("history: %+v, %v", history, err)
		}
		late := w.sell(t, engine.SellCertificateInput{Key: "s3", ProgramID: p.ID, Amount: 50000, Days: 2})
		w.pass(72 * time.Hour)
		_, err = claim("c6", m, late)
		wantError(t, "after its term", err, "certificate_expired")
		_, err = w.enter(t, p, m, "c7", "123456789012")
		wantError(t, "digits that are no certificate", err, "code_unknown")
		w.verify(t, p)
	})
}

func TestBlockedCertificate(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		w.attach(t, p)
		cashier, _ := w.hire(t, p, "1", engine.RoleCashier)
		manager, _ := w.hire(t, p, "2", engine.RoleManager)
		m := w.join(t, p, engine.JoinInput{})
		c := w.sell(t, engine.SellCertificateInput{Key: "s1", ProgramID: p.ID, Amount: 50000})
		_, err := w.engine.BlockCertificate(t.Context(), p.ID, cashier.ID, c.ID, "")
		wantError(t, "by a cashier", err, "not_allowed")
		for range 2 {
			got, err := w.engine.BlockCertificate(t.Context(), p.ID, manager.ID, c.ID, "lost")
			if err != nil || got.State != engine.CertificateBlocked || got.Left != 50000 {
				t.Fatalf("block: %+v, %v", got, err)
			}
		}
		_, err = w.enter(t, p, m, "e1", c.Code.Reveal())
		wantError(t, "a blocked one", err, "certificate_blocked")
		_, err = w.pay(p, "till", 1000, c)
		wantError(t, "at the till", err, "certificate_blocked")
		if got, err := w.engine.UnblockCertificate(t.Context(), p.ID, manager.ID, c.ID, "found"); err != nil || got.State != engine.CertificateActive {
			t.Errorf("unblock: %+v, %v", got, err)
		}
		acts := 0
		log, err := w.store.AuditLog(t.Context(), p.ID, 20)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range log {
			if a.Act == "certificate_blocked" {
				acts++
			}
		}
		if acts != 1 {
			t.Errorf("%d blocks in the audit", acts)
		}
	})
}

func (w *world) left(t *testing.T, c engine.Certificate) engine.Certificate {
	t.Helper()
	c, err := w.store.Certificate(t.Context(), c.ProgramID, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pay makes a check without a card and pays what it can with certificates.
func (w *world) pay(p engine.Program, key string, sum money.Amount, certificates ...engine.Certificate) (engine.Posted, error) {
	sale := engine.SaleInput{ProgramID: p.ID, Sum: sum}
	for _, c := range certificates {
		sale.Certificates = append(sale.Certificates, c.Code.Reveal())
	}
	return w.engine.Post(context.Background(), engine.PostInput{Key: key, Sale: sale})
}

// A check paid with two certificates comes back in parts: the last used gets its money first.
func TestCertificatesAsTender(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		first := w.sell(t, engine.SellCertificateInput{Key: "s1", ProgramID: p.ID, Amount: 30000})
		second := w.sell(t, engine.SellCertificateInput{Key: "s2", ProgramID: p.ID, Amount: 50000})
		points := w.sell(t, engine.SellCertificateInput{Key: "s3", ProgramID: p.ID, Points: 10})
		_, err := w.pay(p, "k0", 1000, points)
		wantError(t, "points at the till", err, "certificate_of_points")
		sold, err := w.pay(p, "k1", 50000, first, second, first)
		if err != nil || sold.Certificate != 50000 || sold.Payable != 0 {
			t.Fatalf("check: %+v, %v", sold, err)
		}
		if a, b := w.left(t, first), w.left(t, second); a.Left != 0 || a.State != engine.CertificateSpent || b.Left != 30000 || b.State != engine.CertificateActive {
			t.Fatalf("after the check: %+v, %+v", a, b)
		}
		_, err = w.pay(p, "k2", 1000, first, second)
		wantError(t, "an empty one", err, "certificate_empty")
		for i, step := range []struct{ back, first, second money.Amount }{
			{15000, 0, 45000}, {15000, 10000, 50000}, {20000, 30000, 50000},
		} {
			got, err := w.engine.Reverse(t.Context(), engine.ReverseInput{Key: fmt.Sprint("r", i), ProgramID: p.ID, SaleID: sold.SaleID, Amount: step.back})
			if err != nil || got.GiftBack != step.back || got.CashBack != 0 {
				t.Fatalf("return %d: %+v, %v", i, got, err)
			}
			if a, b := w.left(t, first), w.left(t, second); a.Left != step.first || b.Left != step.second {
				t.Errorf("after return %d: %+v, %+v", i, a, b)
			}
		}
		if a := w.left(t, first); a.State != engine.CertificateActive {
			t.Errorf("full again: %+v", a)
		}
		w.verify(t, p)
	})
}

func TestEndedCertificateGetsGraceTime(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Lots.GraceDays = 7
		p := w.newProgram(t, s)
		long := w.sell(t, engine.SellCertificateInput{Key: "s1", ProgramID: p.ID, Amount: 30000})
		short := w.sell(t, engine.SellCertificateInput{Key: "s2", ProgramID: p.ID, Amount: 50000, Days: 1})
		blocked := w.sell(t, engine.SellCertificateInput{Key: "s3", ProgramID: p.ID, Amount: 10000})
		sold, err := w.pay(p, "k1", 90000, long, short, blocked)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.engine.BlockCertificate(t.Context(), p.ID, "", blocked.ID, "stolen"); err != nil {
			t.Fatal(err)
		}
		w.pass(72 * time.Hour)
		if _, err := w.engine.Reverse(t.Context(), engine.ReverseInput{Key: "r1", ProgramID: p.ID, SaleID: sold.SaleID, All: true}); err != nil {
			t.Fatal(err)
		}
		// Seven days after 5 March, through the 12th in Kyiv.
		if want := time.Date(2026, 3, 12, 22, 0, 0, 0, time.UTC); !w.left(t, short).ExpiresAt.Equal(want) {
			t.Errorf("the ended one ends %v, want %v", w.left(t, short).ExpiresAt, want)
		}
		if !w.left(t, long).ExpiresAt.Equal(long.ExpiresAt) {
			t.Errorf("one with a year left ends %v, was %v", w.left(t, long).ExpiresAt, long.ExpiresAt)
		}
		if c := w.left(t, blocked); c.State != engine.CertificateBlocked || c.Left != 10000 {
			t.Errorf("blocked: %+v", c)
		}
		if _, err := w.pay(p, "k2", 50000, short); err != nil {
			t.Errorf("within the grace time: %v", err)
		}
		w.verify(t, p)
	})
}
