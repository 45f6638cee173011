package engine_test

import (
	"testing"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// What the till says was paid is compared with what was to be paid. The sale stands; the answer names the difference.
func TestTendersAreCompared(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Redeem.Limit, s.Discount.Rate = money.Whole, 1000
		s.Gifts = rules.Certificates{On: true, Max: 100000}
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		certificate := w.sell(t, engine.SellCertificateInput{Key: "c", ProgramID: p.ID, Amount: 2000})
		for _, c := range []struct {
			name    string
			tenders []engine.Tender
			pay     []string
			issue   bool
		}{
			{"none told", nil, nil, false},
			{"as it should be", []engine.Tender{{Kind: engine.TenderCash, Amount: 4000}, {Kind: engine.TenderCard, Amount: 5000}}, nil, false},
			{"the discount was not taken off", []engine.Tender{{Kind: engine.TenderCard, Amount: 10000}}, nil, true},
			{"a certificate beside money", []engine.Tender{{Kind: engine.TenderGift, Amount: 2000}, {Kind: engine.TenderCash, Amount: 7000}},
				[]string{certificate.Code.Reveal()}, false},
			{"on the house", []engine.Tender{{Kind: engine.TenderHouse, Amount: 10000}}, nil, false},
		} {
			posted, err := w.engine.Post(t.Context(), engine.PostInput{Key: c.name, Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 10000,
				Tenders: c.tenders, Certificates: c.pay}})
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if told := len(posted.Issues) == 1 && posted.Issues[0].ID == "tenders_differ"; told != c.issue {
				t.Errorf("%s: issues %+v", c.name, posted.Issues)
			}
		}
		w.verify(t, p)
	})
}

// Money of another currency is refused, and nothing is recorded.
func TestAnotherCurrencyIsRefused(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		m := w.join(t, p, engine.JoinInput{})
		sale := engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 10000, Currency: "EUR"}
		if _, err := w.engine.Post(t.Context(), engine.PostInput{Key: "k", Sale: sale, Fact: true}); !isError(err, "currency_mismatch") {
			t.Errorf("euros in a program of hryvnias: %v", err)
		}
		if b := w.balance(t, p, m); b.Total != 0 {
			t.Errorf("balance after it: %+v", b)
		}
		sale.Currency = "UAH"
		if _, err := w.engine.Post(t.Context(), engine.PostInput{Key: "k", Sale: sale}); err != nil {
			t.Errorf("hryvnias: %v", err)
		}
	})
}
