package storagetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

// testVerifyPeople plants what verification of certificates, referrals and merges must find.
func testVerifyPeople(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	kept, gone, third := s.member(), s.member(), s.member()
	s.merge(gone, kept)
	c := s.issue(s.certificate("482019375566"))
	spend := engine.CertificateMove{ID: "spend", ProgramID: s.program.ID, CertificateID: c.ID, Key: "spend", Amount: -20_000, At: epoch}
	c.Left = 30_000
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertCertificateMove(s.ctx, spend), tx.UpdateCertificate(s.ctx, c),
			tx.PutReferral(s.ctx, engine.Referral{ProgramID: s.program.ID, FriendID: third.ID, InviterID: kept.ID, State: engine.ReferralJoined, At: epoch}))
	})
	s.clean()
	set := func(table, id, change string) string {
		return fmt.Sprintf("UPDATE %s SET %s WHERE program_id = '%s' AND %s", table, change, s.program.ID, id)
	}
	ofCertificate, ofMove, ofReferral := "id = '"+c.ID+"'", "id = 'spend'", "at IS NOT NULL"
	ofGone, ofKept := "id = '"+gone.ID+"'", "id = '"+kept.ID+"'"
	for _, plant := range []struct{ name, change, undo, want string }{
		{"left", set("certificate", ofCertificate, "remaining = 30001"), set("certificate", ofCertificate, "remaining = 30000"), "certificate_moves " + c.ID},
		{"left below zero", set("certificate", ofCertificate, "remaining = -1"), set("certificate", ofCertificate, "remaining = 30000"), "below_zero " + c.ID},
		{"move", set("certificate_move", ofMove, "amount = -19999"), set("certificate_move", ofMove, "amount = -20000"), "certificate_moves " + c.ID},
		{"move of nothing", set("certificate_move", ofMove, "certificate_id = 'nothing'"), set("certificate_move", ofMove, "certificate_id = '"+c.ID+"'"), "certificate_moves spend"},
		{"friend", set("referral", ofReferral, "friend_id = 'nobody'"), set("referral", ofReferral, "friend_id = '"+third.ID+"'"), "referral_member nobody"},
		{"inviter", set("referral", ofReferral, "inviter_id = 'nobody'"), set("referral", ofReferral, "inviter_id = '"+kept.ID+"'"), "referral_member " + third.ID},
		{"merged into nobody", set("member", ofGone, "merged_into = 'nobody'"), set("member", ofGone, "merged_into = '"+kept.ID+"'"), "merged_into " + gone.ID},
		{"merged into itself", set("member", ofGone, "merged_into = id"), set("member", ofGone, "merged_into = '"+kept.ID+"'"), "merged_into " + gone.ID},
		{"merged into one that is merged", set("member", ofKept, "merged_into = '"+third.ID+"'"), set("member", ofKept, "merged_into = ''"), "merged_into " + gone.ID},
	} {
		t.Run(plant.name, func(t *testing.T) {
			s := s.on(t)
			s.tampering(plant.change)
			found := map[string]bool{}
			if _, err := s.Verify(s.ctx, s.program.ID, nil, func(a engine.Audited) { found[a.Check+" "+a.ID] = true }); err != nil {
				t.Fatal(err)
			}
			if !found[plant.want] {
				t.Errorf("%s is not among %v", plant.want, found)
			}
			s.tampering(plant.undo)
			s.clean()
		})
	}
}

// testPeopleOfTenants gives two programs the same members, certificates, referrals, merges, numbers, returns and sales under the
// same ids, changes all of them in the second, and checks that the first is as it was.
func testPeopleOfTenants(t *testing.T, url func(testing.TB) string) {
	one := openShop(t, url)
	two := newShop(t, one.Store)
	const phone = engine.Phone("+380671234567")
	day := epoch.Add(24 * time.Hour)
	certificate := func(id string) engine.Certificate {
		return engine.Certificate{ID: "c", ProgramID: id, Code: "482019375566", Amount: 500, Left: 500, State: engine.CertificateActive, MemberID: "m", StaffID: id, IssuedAt: epoch, ExpiresAt: epoch}
	}
	referral := func(id string) engine.Referral {
		return engine.Referral{ProgramID: id, FriendID: "m", InviterID: "i", State: engine.ReferralPending, SaleID: id, DueAt: epoch, At: epoch}
	}
	merge := func(id string) engine.Merge {
		return engine.Merge{ID: "r", ProgramID: id, KeptID: "m", GoneID: "g", By: id, At: epoch}
	}
	orphan := func(id string) engine.Orphan {
		return engine.Orphan{ID: "o", ProgramID: id, LocationID: "l", Till: "1", Business: "2026-03-14", ReceiptNo: "1", Key: "k", Input: engine.ReverseInput{StaffID: id}, At: epoch}
	}
	sale := func(id string) engine.Sale {
		return engine.Sale{ID: "s", ProgramID: id, MemberID: "m", AccountID: "m", Business: "2026-03-14", Source: id, Currency: "UAH", Version: 1, OccurredAt: epoch, RecordedAt: epoch,
			Lines: []engine.SaleLine{{No: 1, Line: rules.Line{Name: id}}}, Tenders: []engine.Tender{{Kind: engine.TenderCash, Amount: 5}}}
	}
	for _, s := range []*shop{one, two} {
		id := s.program.ID
		s.tx(func(tx engine.Tx) error {
			var errs []error
			for _, m := range []string{"m", "g", "i"} {
				errs = append(errs, tx.InsertMember(s.ctx, engine.Member{ID: m, ProgramID: id, AccountID: m, Card: m, Token: m, InviteTag: m, Name: id, Phone: phone, State: engine.MemberActive, JoinedAt: epoch}))
			}
			_, err := tx.TouchContact(s.ctx, engine.Contact{ID: "t", ProgramID: id, Address: engine.Address{Channel: "telegram", Sender: id, UserID: "1"}, MemberID: "g", CreatedAt: epoch})
			return errors.Join(append(errs, err, tx.InsertCertificate(s.ctx, certificate(id)),
				tx.InsertCertificateMove(s.ctx, engine.CertificateMove{ID: "v", ProgramID: id, CertificateID: "c", Key: "k", Amount: 500, At: epoch}),
				tx.PutReferral(s.ctx, referral(id)), tx.InsertMerge(s.ctx, merge(id)), tx.SetMergedInto(s.ctx, id, "g", "m"), tx.RestNumber(s.ctx, id, phone, "g", day),
				tx.InsertOrphan(s.ctx, orphan(id)), s.sell(tx, sale(id)), tx.SetBookmark(s.ctx, id, "daily", id),
				tx.InsertCoupons(s.ctx, engine.Coupon{Coupon: rules.Coupon{ID: "u", Kind: "k", State: rules.CouponIssued, From: epoch}, ProgramID: id, MemberID: "g", IssuedAt: epoch}))...)
		})
	}

	id := two.program.ID
	two.tx(func(tx engine.Tx) error {
		c, f, r, revised := certificate(id), referral(id), merge(id), sale(id)
		c.State, c.MemberID = engine.CertificateBlocked, ""
		f.State, f.SaleID = engine.ReferralPaid, "other"
		r.UndoneAt = epoch
		revised.Revision, revised.MemberID, revised.Lines, revised.Tenders = 1, "", nil, nil
		return errors.Join(tx.UpdateCertificate(two.ctx, c), tx.PutReferral(two.ctx, f), tx.UpdateMerge(two.ctx, r), tx.MatchOrphan(two.ctx, id, "o", epoch),
			tx.SetMergedInto(two.ctx, id, "g", ""), tx.MoveContacts(two.ctx, id, []string{"t"}, "i"), tx.MoveCoupons(two.ctx, id, []string{"u"}, "i"),
			tx.RestNumber(two.ctx, id, phone, "g", epoch.Add(-time.Hour)), tx.ReviseSale(two.ctx, revised), tx.SetBookmark(two.ctx, id, "daily", ""),
			tx.EraseMember(two.ctx, id, "m", epoch))
	})

	s, id := one, one.program.ID
	equal(t, "certificate", must(s.CertificateByCode(s.ctx, id, "482019375566"))(t), certificate(id))
	equal(t, "certificates", must(s.CertificatesOf(s.ctx, id, "m"))(t), []engine.Certificate{certificate(id)})
	equal(t, "certificates due", must(s.CertificatesDue(s.ctx, id, epoch, "", 9))(t), []engine.Certificate{certificate(id)})
	equal(t, "referral", must(s.Referral(s.ctx, id, "m"))(t), referral(id))
	equal(t, "referrals", must(s.ReferralsOf(s.ctx, id, "i", 9))(t), []engine.Referral{referral(id)})
	equal(t, "referrals due", must(s.ReferralsDue(s.ctx, id, epoch, "", 9))(t), []engine.Referral{referral(id)})
	equal(t, "merge", must(s.Merge(s.ctx, id, "r"))(t), merge(id))
	equal(t, "merges", must(s.MergesOf(s.ctx, id, "g"))(t), []engine.Merge{merge(id)})
	equal(t, "orphans", must(s.OrphansOf(s.ctx, id, "l", "1", "2026-03-14", "1"))(t), []engine.Orphan{orphan(id)})
	header := sale(id)
	header.Lines, header.Tenders = nil, nil
	equal(t, "sales of the member", must(s.SalesOf(s.ctx, id, "m", 9))(t), []engine.Sale{header})
	var all []engine.Sale
	if err := s.EachSale(s.ctx, id, epoch, day, func(sale engine.Sale) error { all = append(all, sale); return nil }); err != nil {
		t.Fatal(err)
	}
	equal(t, "sales", all, []engine.Sale{sale(id)})
	if got := must(s.Bookmark(s.ctx, id, "daily"))(t); got != id {
		t.Errorf("the bookmark is %q", got)
	}
	if !must(s.NumberResting(s.ctx, id, phone, epoch))(t) || must(s.NumberResting(s.ctx, two.program.ID, phone, epoch))(t) {
		t.Error("the number rests in the wrong program")
	}
	for what, m := range map[string]engine.Member{
		"card": must(s.MemberByCard(s.ctx, id, "g"))(t), "token": must(s.MemberByToken(s.ctx, id, "g"))(t), "tag": must(s.MemberByInviteTag(s.ctx, id, "g"))(t),
	} {
		if m.ID != "m" || m.Name != id {
			t.Errorf("the %s finds %+v", what, m)
		}
	}
	equal(t, "by phone", names(must(s.MembersByPhone(s.ctx, id, phone))(t), func(m engine.Member) string { return m.ID + " " + m.Name }), []string{"i " + id, "m " + id})
	if c := must(s.Contact(s.ctx, id, "t"))(t); c.MemberID != "g" {
		t.Errorf("the contact moved to %s", c.MemberID)
	}
	if c := must(s.Coupon(s.ctx, id, "u"))(t); c.MemberID != "g" {
		t.Errorf("the coupon moved to %s", c.MemberID)
	}
	if n := must(s.CountMembers(s.ctx, id))(t); n != 2 {
		t.Errorf("%d members", n)
	}
	one.clean()
	two.clean()
}
