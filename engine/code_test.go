package engine_test

import (
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

func (w *world) enter(t *testing.T, p engine.Program, m engine.Member, key, text string) (engine.CodeEntered, error) {
	t.Helper()
	return w.engine.EnterCode(t.Context(), engine.EnterCodeInput{Key: key, ProgramID: p.ID, MemberID: m.ID, Text: text})
}

func TestPromoCodes(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		m := w.join(t, p, engine.JoinInput{})
		before := w.balance(t, p, m).Total

		got, err := w.enter(t, p, m, "e1", "spring")
		if err != nil || got.Code != "SPRING" || got.Earned != 50 {
			t.Fatalf("points: %+v, %v", got, err)
		}
		if want := time.Date(2026, 3, 5, 22, 0, 0, 0, time.UTC); !got.Expires.Equal(want) {
			t.Errorf("they end at %v, want %v", got.Expires, want)
		}
		again, err := w.enter(t, p, m, "e1", "spring")
		if err != nil || !again.Replayed || again.Code != "SPRING" || again.Earned != 50 {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = w.enter(t, p, m, "e1", "TWICE")
		wantError(t, "the key with another code", err, "key_reused")
		_, err = w.enter(t, p, m, "e2", "SPRING")
		wantError(t, "a second time", err, "code_used")
		wantArg(t, err, "Max", 1)

		cake, err := w.enter(t, p, m, "e3", "cake-5")
		if err != nil || cake.Coupon == nil || cake.Coupon.Kind != "cake" || cake.Coupon.Source != "code:CAKE5" {
			t.Errorf("coupon: %+v, %v", cake, err)
		}
		for _, x := range []struct{ text, want string }{{"LATER", "code_not_yet"}, {"off", "code_over"}, {"NONE", "code_unknown"}, {" - ", "code_empty"}} {
			_, err = w.enter(t, p, m, "x"+x.text, x.text)
			wantError(t, x.text, err, x.want)
		}
		w.pass(48 * time.Hour)
		if _, err := w.enter(t, p, m, "e4", "later"); err != nil {
			t.Errorf("on its first day: %v", err)
		}
		w.pass(48 * time.Hour)
		_, err = w.enter(t, p, w.join(t, p, engine.JoinInput{}), "e5", "later")
		wantError(t, "after its last day", err, "code_over")
		if b := w.balance(t, p, m).Total; b != before+5 {
			t.Errorf("balance %d, want %d: refused codes gave points, or those of SPRING outlived their days", b, before+5)
		}
		w.verify(t, p)
	})
}

func TestPromoCodeLimits(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		m := w.join(t, p, engine.JoinInput{})
		for i, want := range []string{"", "", "code_used"} {
			if _, err := w.enter(t, p, m, fmt.Sprint("t", i), "twice"); want == "" && err != nil {
				t.Errorf("use %d: %v", i, err)
			} else if want != "" {
				wantError(t, "a third use", err, want)
			}
		}
		if _, err := w.enter(t, p, m, "n1", "HELLO"); err != nil {
			t.Errorf("before the first purchase: %v", err)
		}
		bought := w.join(t, p, engine.JoinInput{})
		if _, err := w.engine.Post(t.Context(), engine.PostInput{Key: "s", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: bought.ID, Sum: 10000}}); err != nil {
			t.Fatal(err)
		}
		_, err := w.enter(t, p, bought, "n2", "HELLO")
		wantError(t, "after the first purchase", err, "code_new_only")

		// Two open cakes are the most: the code is not used up by a refusal.
		full := w.join(t, p, engine.JoinInput{})
		w.giveCoupon(t, p, full, "c1", "cake")
		w.giveCoupon(t, p, full, "c2", "cake")
		_, err = w.enter(t, p, full, "c3", "CAKE5")
		wantError(t, "beyond the open coupons", err, "coupon_open_limit")
		uses, err := w.store.Uses(t.Context(), p.ID, []rules.Counter{{Of: "code:CAKE5", Period: "ever", All: true}})
		if err != nil || (len(uses) > 0 && uses[0].Times != 0) {
			t.Errorf("a refused code was counted: %+v, %v", uses, err)
		}
	})
}

func TestCodesMayBeGuessedTenTimesAnHour(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		m := w.join(t, p, engine.JoinInput{})
		if _, err := w.enter(t, p, m, "right", "TWICE"); err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			_, err := w.enter(t, p, m, fmt.Sprint("wrong", i), fmt.Sprint("WRONG", i))
			wantError(t, "a wrong code", err, "code_unknown")
		}
		_, err := w.enter(t, p, m, "right2", "SPRING")
		wantError(t, "the eleventh code", err, "too_many_entered")
		if again, err := w.enter(t, p, m, "right", "TWICE"); err != nil || !again.Replayed {
			t.Errorf("a repeated call: %+v, %v", again, err)
		}
		if _, err := w.enter(t, p, w.join(t, p, engine.JoinInput{}), "right3", "SPRING"); err != nil {
			t.Errorf("another member: %v", err)
		}
	})
}

// Codes are typed on any keyboard and copied with what stands around them.
func TestCodesAsTyped(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Codes = []rules.PromoCode{{Code: "ABEKMHOPCTXI9", Points: 1, PerMember: 9}}
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		for i, text := range []string{"ABEKMHOPCTXI9", "авекмнорстхі9", " АВЕК-МНОР–СТХІ_9\u200b", "abek mhop\u00a0ctxi.9", "«no»"} {
			_, err := w.enter(t, p, m, fmt.Sprint(i), text)
			if text == "«no»" {
				wantError(t, text, err, "code_unknown")
			} else if err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

func TestCodeEnteredByStaffIsTold(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		w.attach(t, p)
		cashier, own := w.hire(t, p, "1", engine.RoleCashier)
		guest := w.meet(t, p, "2")
		m, self := w.join(t, p, engine.JoinInput{ContactID: guest.ID}), w.join(t, p, engine.JoinInput{ContactID: own.ID})
		in := engine.EnterCodeInput{Key: "k1", ProgramID: p.ID, MemberID: m.ID, Text: "SPRING", StaffID: cashier.ID}
		if _, err := w.engine.EnterCode(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		in.Key, in.MemberID = "k2", self.ID
		_, err := w.engine.EnterCode(t.Context(), in)
		wantError(t, "for the own card", err, "own_card")
		if kinds := w.told(t, p, guest); len(kinds) == 0 || kinds[len(kinds)-1] != engine.NoticeGift {
			t.Errorf("the guest was told %v", kinds)
		}
		history, err := w.engine.History(t.Context(), p.ID, m.AccountID, "", 1)
		if err != nil || history[0].Posting.Kind != ledger.KindCode || history[0].Posting.StaffID != cashier.ID {
			t.Errorf("history: %+v, %v", history, err)
		}
	})
}

// told claims and returns what is queued for a contact.
func (w *world) told(t *testing.T, p engine.Program, c engine.Contact) []engine.NoticeKind {
	t.Helper()
	var kinds []engine.NoticeKind
	for {
		out, err := w.store.ClaimOutbound(t.Context(), p.ID, c.Address.Channel, c.Address.Sender, engine.LaneInteractive, w.engine.Now(), 1, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) == 0 {
			return kinds
		}
		for _, o := range out {
			if o.Address == c.Address && o.Notice != nil {
				kinds = append(kinds, o.Notice.Kind)
			}
			o.State = engine.OutboundSent
			if err := w.store.SettleOutbound(t.Context(), o, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
}
