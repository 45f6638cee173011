package storagetest

import (
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// testProfiles checks what is known of members beside name, number and birthday.
func testProfiles(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	profile := func(m engine.Member) engine.Profile {
		s.Helper()
		return must(s.Profile(s.ctx, s.program.ID, m.ID))(s)
	}
	set := func(m engine.Member, p engine.Profile) {
		s.Helper()
		s.tx(func(tx engine.Tx) error { return tx.SetProfile(s.ctx, s.program.ID, m.ID, p) })
	}
	m, other := s.member(), s.member()
	equal(t, "profile of who told nothing", profile(m), engine.Profile{})
	_, err := s.Profile(s.ctx, s.program.ID, "nobody")
	s.wants(engine.KindNotFound, err)
	s.fails(engine.KindNotFound, func(tx engine.Tx) error {
		return tx.SetProfile(s.ctx, s.program.ID, "nobody", engine.Profile{City: "Київ"})
	})

	told := engine.Profile{Gender: engine.GenderFemale, City: "Кам’янець", Fields: map[string]string{"pet": "dog", "note": "Любить \"сад\" ☕"}}
	set(m, told)
	equal(t, "profile", profile(m), told)
	equal(t, "profile of another", profile(other), engine.Profile{})

	// Name, number and birthday come and go without it, and it without them.
	s.tx(func(tx engine.Tx) error {
		m.Name, m.Phone = "Оленка", "+380671234567"
		if err := tx.UpdateMember(s.ctx, m); err != nil {
			return err
		}
		return tx.SetBirthday(s.ctx, s.program.ID, m.ID, rules.Birthday{Month: 5, Day: 7})
	})
	equal(t, "profile of a member with a name", profile(m), told)
	told.Fields = nil
	set(m, told)
	if now := must(s.Member(s.ctx, s.program.ID, m.ID))(t); now.Name != "Оленка" || now.Phone != "+380671234567" || s.standing(m, engine.StandingQuery{}).Birthday.Day != 7 {
		t.Errorf("the member became %+v", now)
	}
	s.tx(func(tx engine.Tx) error {
		m.Name, m.Phone = "", ""
		return tx.UpdateMember(s.ctx, m)
	})
	equal(t, "profile of a member without a name", profile(m), told)

	// Segments see it once traits are made anew.
	count := func(of, value string) int {
		s.Helper()
		var x segment.Expr = segment.Cond{Fact: of, Op: segment.OpIs, Values: []segment.Value{{Text: value}}}
		if field, ok := strings.CutPrefix(of, "field:"); ok {
			x = segment.Cond{Fact: "field", Of: field, Op: segment.OpIs, Values: []segment.Value{{Text: value}}}
		}
		s.refresh()
		return must(s.CountSegment(s.ctx, s.program, x, epochDay))(s)
	}
	if n := count("city", "кам’янець"); n != 1 {
		t.Errorf("%d live there", n)
	}
	set(other, engine.Profile{City: "КАМ’ЯНЕЦЬ", Fields: map[string]string{"pet": "dog"}})
	if city, pet := count("city", "кам’янець"), count("field:pet", "dog"); city != 2 || pet != 1 {
		t.Errorf("%d live there, %d have a dog", city, pet)
	}
	set(other, engine.Profile{Gender: engine.GenderMale})
	if city, pet, men := count("city", "кам’янець"), count("field:pet", "dog"), count("gender", "male"); city != 1 || pet != 0 || men != 1 {
		t.Errorf("%d live there, %d have a dog, %d are men", city, pet, men)
	}

	set(m, engine.Profile{City: "Бердичів", Fields: map[string]string{"note": "Пише вірші"}})
	s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch) })
	equal(t, "profile of who left", profile(m), engine.Profile{})
	s.absent("Бердичів", "бердичів", "Пише вірші", "пише вірші")
}
