package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/rules"
	"kartka/storage/storagetest"
)

func TestSignsAtATill(t *testing.T) {
	w := newWorld(t, storagetest.SQLite(t))
	p := w.newProgram(t, w.draft(t))
	ctx := t.Context()
	m := w.join(t, p, engine.JoinInput{Phone: "+380671234567", Proof: engine.ProofPlatform})
	till := engine.Till{ProgramID: p.ID, LocationID: "l", Name: "1"}
	key, alias := []byte(p.CardKey.Reveal()), cardcode.Alias(m.Card)
	then := w.engine.Now()
	rotating := cardcode.Rotating(key, alias, then)
	code, _, err := w.engine.IssueCode(ctx, p.ID, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	find := func(what string, kind engine.SignKind, value string, past time.Time, present bool, refusal string) {
		t.Helper()
		found, err := w.engine.FindBuyer(ctx, till, engine.CardSign{Kind: kind, Value: value, Past: past})
		if refusal != "" {
			wantError(t, what, err, refusal)
		} else if err != nil || found.Member.ID != m.ID || found.Present != present {
			t.Errorf("%s: %s, present %v, %v", what, found.Member.ID, found.Present, err)
		}
	}
	find("a card number", engine.SignCard, m.Card, time.Time{}, false, "")
	find("a scanned card number", engine.SignScan, m.Card, time.Time{}, false, "")
	find("a static code", engine.SignScan, cardcode.Static(key, alias), time.Time{}, false, "")
	find("a phone", engine.SignPhone, "067 123 45 67", time.Time{}, false, "")
	find("nobody's phone", engine.SignPhone, "067 123 45 68", time.Time{}, false, "guest_not_found")
	find("an id", engine.SignCustomer, m.ID, time.Time{}, false, "")
	find("nobody's id", engine.SignCustomer, "nobody", time.Time{}, false, "guest_not_found")
	find("a live code", engine.SignCode, code, time.Time{}, true, "")
	find("a live code again", engine.SignCode, code, time.Time{}, false, "code_unknown")
	find("a rotating code", engine.SignScan, rotating, then, true, "")
	find("a kind that is none", "face", m.Card, time.Time{}, false, "sale_invalid")
	w.pass(time.Hour)
	find("a rotating code that ran out", engine.SignScan, rotating, time.Time{}, false, "code_old")
	find("one of a sale of then", engine.SignScan, rotating, then, false, "")
	find("one of a sale of another time", engine.SignScan, rotating, then.Add(10*time.Minute), false, "code_old")
	for range 20 {
		find("a live code of then", engine.SignCode, "123456", then, false, "code_unknown")
	}
	refused := false
	for range 1300 {
		if _, err = w.engine.LookUp(ctx, till, engine.CardSign{Kind: engine.SignPhone, Value: "067 123 45 68"}); engine.IsKind(err, engine.KindLimit) {
			refused = true
			break
		}
	}
	if !refused {
		t.Errorf("looking up is not bounded: %v", err)
	}
	find("a sale although too many were looked up", engine.SignPhone, "067 123 45 67", time.Time{}, false, "")
}

// What a till sends is told apart by what it sent, and what it met with is remembered.
func TestFactsWithAFingerprint(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		ctx := t.Context()
		m := w.join(t, p, engine.JoinInput{})
		in := engine.PostInput{Key: "k", Fact: true, Fingerprint: "sent", Issues: []engine.Issue{{ID: "customer_not_found"}},
			Sale: engine.SaleInput{ProgramID: p.ID, Till: "1", ReceiptNo: "1", Business: "2026-03-02", Sum: 10000}}
		first, err := w.engine.Post(ctx, in)
		if err != nil || len(first.Issues) != 1 {
			t.Fatalf("%+v, %v", first.Issues, err)
		}
		in.Sale.MemberID, in.Issues = m.ID, nil // the same check, although its guest is known by now
		again, err := w.engine.Post(ctx, in)
		if err != nil || !again.Replayed || again.MemberID != "" || len(again.Issues) != 1 || again.Issues[0].ID != "customer_not_found" {
			t.Errorf("again: %+v, %v", again, err)
		}
		in.Fingerprint = "other"
		_, err = w.engine.Post(ctx, in)
		wantError(t, "another check under the key", err, "key_reused")
		w.verify(t, p)
	})
}

// Lines come back by the names that the till gave them, or by their places.
func TestReturnByNameOfALine(t *testing.T) {
	w := newWorld(t, storagetest.SQLite(t))
	p := w.newProgram(t, w.draft(t))
	ctx := t.Context()
	sale := engine.SaleInput{ProgramID: p.ID, Till: "1", ReceiptNo: "1", Business: "2026-03-02"}
	sale.Lines = []rules.Line{{Ref: "coffee-a", Quantity: 1000, Net: 5000}, {Quantity: 1000, Net: 700}}
	back := func(key, ref string) (engine.Posted, error) {
		answer, _, err := w.engine.ReturnByReceipt(ctx, "", "1", "2026-03-02", "1", engine.ReverseInput{Key: key, ProgramID: p.ID, Lines: []engine.ReversedLine{{Ref: ref, Quantity: 1000}}})
		return answer, err
	}
	if answer, err := back("early", "coffee-a"); err != nil || answer.CashBack != 0 { // waits for its sale
		t.Errorf("before its sale: %+v, %v", answer, err)
	}
	posted, err := w.engine.Post(ctx, engine.PostInput{Key: "sale", Fact: true, Sale: sale})
	if err != nil || len(posted.Issues) != 1 || posted.Issues[0].ID != "orphan_applied" {
		t.Fatalf("%+v, %v", posted.Issues, err)
	}
	_, err = back("again", "coffee-a")
	wantError(t, "a line that has come back", err, "return_exceeds")
	_, err = back("unknown", "1") // the first line has a name of its own
	wantError(t, "a line that is not there", err, "return_line_unknown")
	if answer, err := back("second", "2"); err != nil || answer.CashBack != 700 {
		t.Errorf("by its place: %+v, %v", answer, err)
	}
	w.verify(t, p)
}
