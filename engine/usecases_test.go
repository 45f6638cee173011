package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/rules"
)

func wantError(t *testing.T, what string, err error, id string) {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || e.ID != id {
		t.Errorf("%s: %v, want %s", what, err, id)
	}
}

func TestWhatStaffMayDo(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Staff.SalesPerDay, s.Staff.SameCardDaily, s.Staff.MaxCheck, s.Staff.AdjustMax = 4, 2, 500000, 50
		p := w.newProgram(t, s)
		w.attach(t, p)
		cashier, contact := w.hire(t, p, "1", engine.RoleCashier)
		other, _ := w.hire(t, p, "2", engine.RoleCashier)
		manager, _ := w.hire(t, p, "3", engine.RoleManager)
		own := w.join(t, p, engine.JoinInput{ContactID: contact.ID})
		guest, guest2 := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		n := 0
		sell := func(staff engine.Staff, m engine.Member) (engine.Posted, error) {
			n++
			return w.engine.Post(t.Context(), engine.PostInput{Key: fmt.Sprint("sale", n), Sale: engine.SaleInput{
				ProgramID: p.ID, MemberID: m.ID, StaffID: staff.ID, Sum: 20000}})
		}
		if _, err := sell(cashier, own); err == nil {
			t.Error("a cashier served the own card")
		} else {
			wantError(t, "own card", err, "own_card")
		}
		first, err := sell(cashier, guest)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sell(cashier, guest); err != nil {
			t.Fatal(err)
		}
		_, err = sell(cashier, guest)
		wantError(t, "third check on one card", err, "card_daily_limit")
		if _, err := sell(cashier, guest2); err != nil {
			t.Fatal(err)
		}
		_, err = w.engine.Post(t.Context(), engine.PostInput{Key: "big", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: guest2.ID, StaffID: cashier.ID, Sum: 500001}})
		wantError(t, "a check above the largest", err, "check_too_large")

		undo := func(key string, staff engine.Staff, sale string) error {
			_, err := w.engine.Reverse(t.Context(), engine.ReverseInput{Key: key, ProgramID: p.ID, SaleID: sale, All: true, Undo: true, StaffID: staff.ID})
			return err
		}
		wantError(t, "undo of another's", undo("u1", other, first.SaleID), "undo_not_yours")
		_, err = w.engine.Reverse(t.Context(), engine.ReverseInput{Key: "u2", ProgramID: p.ID, SaleID: first.SaleID, All: true, StaffID: cashier.ID})
		wantError(t, "a return by a cashier", err, "return_needs_manager")
		w.pass(6 * time.Minute)
		wantError(t, "a late undo", undo("u3", cashier, first.SaleID), "undo_too_late")
		second, err := sell(cashier, guest2)
		if err != nil {
			t.Fatal(err)
		}
		if err := undo("u4", cashier, second.SaleID); err != nil {
			t.Errorf("undo in time: %v", err)
		}
		if err := undo("u4", cashier, second.SaleID); err != nil {
			t.Errorf("the same undo again: %v", err)
		}
		_, err = w.engine.Adjust(t.Context(), engine.AdjustInput{Key: "a1", ProgramID: p.ID, MemberID: guest.ID, Points: 51, StaffID: cashier.ID, Note: "sorry"})
		wantError(t, "a gift above the limit", err, "adjust_limit")
		_, err = w.engine.Adjust(t.Context(), engine.AdjustInput{Key: "a2", ProgramID: p.ID, MemberID: guest.ID, Points: 50, StaffID: cashier.ID, Note: " "})
		wantError(t, "a gift without a reason", err, "note_missing")

		if err := w.engine.DismissStaff(t.Context(), p.ID, manager.ID, cashier.ID); err != nil {
			t.Fatal(err)
		}
		_, err = sell(cashier, guest2)
		wantError(t, "a dismissed cashier", err, "not_staff")
		wantError(t, "a cashier dismisses a manager", w.engine.DismissStaff(t.Context(), p.ID, other.ID, manager.ID), "not_allowed")
		w.verify(t, p)
	})
}

func TestAskingTheGuest(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		cashier, asker := w.hire(t, p, "1", engine.RoleCashier)
		guest := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "2").ID})
		stranger := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "3").ID})
		unreachable := w.join(t, p, engine.JoinInput{})
		for _, m := range []engine.Member{guest, unreachable} {
			w.give(t, p, m, 100)
		}
		ask := func(key string, m engine.Member) engine.Reserved {
			t.Helper()
			r, err := w.engine.Reserve(t.Context(), engine.ReserveInput{Key: key, Ask: true, Asker: asker.ID, Sale: engine.SaleInput{
				ProgramID: p.ID, MemberID: m.ID, StaffID: cashier.ID, Sum: 40000, Redeem: 80}})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := ask("nobody", unreachable); r.Reachable || r.Hold.ID != "" {
			t.Errorf("asked somebody who has no chat: %+v", r)
		}
		r := ask("one", guest)
		if b := w.balance(t, p, guest); b.Available != 20 || b.Held != 80 {
			t.Errorf("while asked: %+v", b)
		}
		_, err := w.engine.Confirm(t.Context(), p.ID, r.Hold.ID, stranger.ID)
		wantError(t, "a stranger confirms", err, "hold_not_found")
		w.pass(61 * time.Second)
		_, err = w.engine.Confirm(t.Context(), p.ID, r.Hold.ID, guest.ID)
		wantError(t, "a late yes", err, "hold_over")
		if n, err := w.engine.ExpireHolds(t.Context(), p.ID, w.engine.Now()); n != 1 || err != nil {
			t.Errorf("ended %d holds, %v", n, err)
		}
		if b := w.balance(t, p, guest); b.Available != 100 {
			t.Errorf("after silence: %+v", b)
		}
		r = ask("two", guest)
		if err := w.engine.Deny(t.Context(), p.ID, r.Hold.ID, guest.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.engine.Confirm(t.Context(), p.ID, r.Hold.ID, guest.ID)
		wantError(t, "yes after no", err, "hold_over")
		r = ask("three", guest)
		posted, err := w.engine.Confirm(t.Context(), p.ID, r.Hold.ID, guest.ID)
		if err != nil || posted.Redeemed != 80 || posted.Payable != 32000 || posted.Earned != 16 {
			t.Errorf("yes: %+v, %v", posted, err)
		}
		if b := w.balance(t, p, guest); b.Total != 36 || b.Held != 0 {
			t.Errorf("in the end: %+v", b)
		}
		w.verify(t, p)
	})
}

func TestCodesOfACard(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		w.now = time.Now().UTC()
		p := w.newProgram(t, w.draft(t))
		foreign := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		m := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "2").ID, Phone: "+380671234567", Proof: engine.ProofPlatform})
		find := func(input string) (engine.Found, error) {
			return w.engine.Identify(t.Context(), p.ID, "cashier", input)
		}

		for what, input := range map[string]string{
			"card number": m.Card, "card number read aloud": m.Card[:3] + " " + m.Card[3:6] + "-" + m.Card[6:],
			"static code": cardcode.Static([]byte(p.CardKey.Reveal()), cardcode.Alias(m.Card)), "link": "https://t.me/x_bot?start=c_" + m.Token,
			"phone": "067 123 45 67", "phone abroad": "+380671234567", "phone with the old prefix": "80671234567",
		} {
			found, err := find(input)
			if err != nil || found.Member.ID != m.ID || found.Present {
				t.Errorf("%s: %+v, %v", what, found, err)
			}
		}
		rotating := cardcode.Rotating([]byte(p.CardKey.Reveal()), cardcode.Alias(m.Card), w.engine.Now())
		if found, err := find(rotating); err != nil || !found.Present {
			t.Errorf("live card: %+v, %v", found, err)
		}
		if found, err := find(rotating); err != nil || found.Present {
			t.Errorf("a picture of a live card spends again: %+v, %v", found, err)
		}
		w.pass(2 * time.Minute)
		_, err := find(rotating)
		wantError(t, "an old picture", err, "code_old")
		_, err = w.engine.Identify(t.Context(), foreign.ID, "cashier", m.Card)
		wantError(t, "the card of another shop", err, "guest_not_found")
		_, err = find(cardcode.Static([]byte(foreign.CardKey.Reveal()), cardcode.Alias(m.Card)))
		wantError(t, "a static code of another shop", err, "code_foreign")

		code, _, err := w.engine.IssueCode(t.Context(), p.ID, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := find(code); err != nil || !found.Present {
			t.Errorf("spoken code: %+v, %v", found, err)
		}
		_, err = find(code)
		wantError(t, "a spoken code again", err, "code_unknown")
		for range 5 {
			_, err = find("000001")
		}
		wantError(t, "guessing codes", err, "too_many_codes")
	})
}

func TestOnePersonInTwoPrograms(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		almaty, err := time.LoadLocation("Asia/Almaty")
		if err != nil {
			t.Fatal(err)
		}
		here, there := w.draft(t), w.draft(t)
		there.Zone, there.Currency.Code, there.Languages, there.Earn.Rate = almaty, "KZT", []string{"kk"}, 1000
		a, b := w.newProgram(t, here), w.newProgram(t, there)
		w.attach(t, a)
		w.attach(t, b)
		ma := w.join(t, a, engine.JoinInput{ContactID: w.meet(t, a, "7").ID, Phone: "+77011234567", Proof: engine.ProofPlatform})
		mb := w.join(t, b, engine.JoinInput{ContactID: w.meet(t, b, "7").ID, Phone: "+77011234567", Proof: engine.ProofPlatform})
		post := func(p engine.Program, m engine.Member) engine.Posted {
			t.Helper()
			posted, err := w.engine.Post(t.Context(), engine.PostInput{Key: "same-key", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 10000, ReceiptNo: "1"}})
			if err != nil {
				t.Fatal(err)
			}
			return posted
		}
		if pa, pb := post(a, ma), post(b, mb); pa.Earned != 5 || pb.Earned != 10 {
			t.Errorf("earned %d and %d", pa.Earned, pb.Earned)
		}
		_, err = w.engine.Post(t.Context(), engine.PostInput{Key: "cross", Sale: engine.SaleInput{ProgramID: a.ID, MemberID: mb.ID, Sum: 10000}})
		if !engine.IsKind(err, engine.KindNotFound) {
			t.Errorf("a member of another program: %v", err)
		}
		if err := w.engine.Erase(t.Context(), a.ID, ma.ID); err != nil {
			t.Fatal(err)
		}
		if left := w.balance(t, b, mb); left.Total != 10 {
			t.Errorf("leaving one program touched the other: %+v", left)
		}
		w.verify(t, a)
		w.verify(t, b)
	})
}

func TestJoinAndLeave(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Welcome = rules.Welcome{Points: 30, Days: 10}
		p := w.newProgram(t, s)
		w.attach(t, p)
		contact := w.meet(t, p, "5")
		m := w.join(t, p, engine.JoinInput{ContactID: contact.ID, Name: "Соломія Незабудько", Marketing: true})
		again, err := w.engine.Join(t.Context(), engine.JoinInput{ProgramID: p.ID, ContactID: contact.ID, Name: "x", Language: "uk", Channel: "telegram", Text: "t"})
		if err != nil || !again.Existed || again.Member.ID != m.ID || again.Balance.Total != 30 {
			t.Errorf("joining again: %+v, %v", again, err)
		}
		friend := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "6").ID, InviteTag: m.InviteTag})
		if friend.InviterID != m.ID {
			t.Errorf("invited by %q", friend.InviterID)
		}
		if _, err := w.engine.AttachPhone(t.Context(), p.ID, m.ID, "380671234567", engine.ProofPlatform); err != nil {
			t.Fatal(err)
		}
		_, err = w.engine.AttachPhone(t.Context(), p.ID, friend.ID, "+380 67 123-45-67", engine.ProofPlatform)
		wantError(t, "a number of somebody else", err, "phone_taken")
		_, err = w.engine.AttachPhone(t.Context(), p.ID, friend.ID, "12", engine.ProofPlatform)
		wantError(t, "no number", err, "phone_invalid")

		x, err := w.engine.ExportMember(t.Context(), p.ID, m.ID)
		if err != nil || x.Name != "Соломія Незабудько" || x.Phone != "+380671234567" || len(x.Movements) != 1 || len(x.Consents) != 2 || len(x.Chats) != 1 {
			t.Errorf("export: %+v, %v", x, err)
		}
		if err := w.engine.Erase(t.Context(), p.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		gone, err := w.store.Member(t.Context(), p.ID, m.ID)
		if err != nil || gone.State != engine.MemberErased || gone.Name != "" || gone.Phone != "" {
			t.Errorf("after leaving: %+v, %v", gone, err)
		}
		if b := w.balance(t, p, m); b.Total != 0 {
			t.Errorf("left with %d", b.Total)
		}
		if _, err := w.engine.AttachPhone(t.Context(), p.ID, friend.ID, "+380671234567", engine.ProofPlatform); err != nil {
			t.Errorf("the number is not free again: %v", err)
		}
		back := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "5").ID})
		if back.ID == m.ID || back.Card == m.Card {
			t.Error("whoever comes back is not a new person")
		}
		if err := w.engine.Erase(t.Context(), p.ID, m.ID); err != nil {
			t.Errorf("leaving twice: %v", err)
		}
		w.verify(t, p)
	})
}

func TestInvitations(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		owner, _ := w.hire(t, p, "1", engine.RoleOwner)
		invited, err := w.engine.InviteStaff(t.Context(), p.ID, owner.ID, engine.RoleCashier, "")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(fmt.Sprint(invited.Invite), invited.Token) {
			t.Error("the token is kept in the open")
		}
		a, b := w.meet(t, p, "2"), w.meet(t, p, "3")
		cashier, err := w.engine.AcceptInvite(t.Context(), p.ID, a.ID, invited.Token, "uk")
		if err != nil || cashier.Role != engine.RoleCashier {
			t.Fatalf("accept: %+v, %v", cashier, err)
		}
		if same, err := w.engine.AcceptInvite(t.Context(), p.ID, a.ID, invited.Token, "uk"); err != nil || same.ID != cashier.ID {
			t.Errorf("the same person again: %+v, %v", same, err)
		}
		_, err = w.engine.AcceptInvite(t.Context(), p.ID, b.ID, invited.Token, "uk")
		wantError(t, "another person with a used link", err, "invite_over")
		_, err = w.engine.AcceptInvite(t.Context(), p.ID, b.ID, "AAAAAAAAAAAAAAAAAAAAAA", "uk")
		wantError(t, "a made-up link", err, "invite_unknown")
		_, err = w.engine.InviteStaff(t.Context(), p.ID, cashier.ID, engine.RoleCashier, "")
		wantError(t, "a cashier invites", err, "not_allowed")
		late, err := w.engine.InviteStaff(t.Context(), p.ID, owner.ID, engine.RoleManager, "")
		if err != nil {
			t.Fatal(err)
		}
		w.pass(engine.InviteTTL + time.Second)
		_, err = w.engine.AcceptInvite(t.Context(), p.ID, b.ID, late.Token, "uk")
		wantError(t, "a link of last week", err, "invite_over")
	})
}

func TestSettingsAreVersioned(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		changed := *p.Settings
		changed.Earn.Rate = 700
		next, err := w.engine.ChangeSettings(t.Context(), p.ID, "", p.Version, &changed)
		if err != nil || next.Version != 2 {
			t.Fatalf("change: %+v, %v", next, err)
		}
		_, err = w.engine.ChangeSettings(t.Context(), p.ID, "", p.Version, &changed)
		wantError(t, "a change of what somebody else has changed", err, "settings_changed")
		currency := changed
		currency.Currency.Code = "PLN"
		_, err = w.engine.ChangeSettings(t.Context(), p.ID, "", next.Version, &currency)
		wantError(t, "another currency", err, "unit_fixed")
		absurd := changed
		absurd.Earn.Rate = 1_000_000
		_, err = w.engine.ChangeSettings(t.Context(), p.ID, "", next.Version, &absurd)
		wantError(t, "a rate of 10 000 %", err, "settings_invalid")
		_, err = w.engine.CreateProgram(t.Context(), "No Slug", &changed, engine.ProgramActive)
		wantError(t, "a slug with a space", err, "slug_invalid")
	})
}
