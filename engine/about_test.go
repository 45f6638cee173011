package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// asking is a shop that asks for a pet and an allergy, and keeps notes of its own.
func (w *world) asking(t *testing.T) engine.Program {
	t.Helper()
	settings := w.draft(t)
	settings.Fields = []rules.Field{
		{ID: "pet", Name: rules.Name{"uk": "Улюбленець", "en": "Pet"}, Asked: true, Choices: []rules.Choice{
			{ID: "dog", Name: rules.Name{"uk": "Пес", "en": "Dog"}}, {ID: "cat", Name: rules.Name{"uk": "Кіт", "en": "Cat"}}}},
		{ID: "allergy", Name: rules.Named("Алергія"), Asked: true},
		{ID: "note", Name: rules.Named("Нотатка")},
	}
	return w.newProgram(t, settings)
}

func wantProfile(t *testing.T, what string, got engine.Profile, err error, want engine.Profile) {
	t.Helper()
	if err != nil || got.Gender != want.Gender || got.City != want.City || !maps.Equal(got.Fields, want.Fields) {
		t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
	}
}

func TestGuestsTellOfThemselves(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.asking(t)
		w.attach(t, p)
		m, other := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		tell := func(in engine.ProfileInput) (engine.Profile, error) {
			in.ProgramID, in.MemberID = p.ID, m.ID
			return w.engine.TellProfile(t.Context(), in)
		}
		kept := func(what string, want engine.Profile) {
			t.Helper()
			got, err := w.engine.Profile(t.Context(), p.ID, m.ID)
			wantProfile(t, what, got, err, want)
		}
		counts := func(text string, want int) {
			t.Helper()
			x, err := w.engine.ReadSegment(t.Context(), p.ID, text, nil)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if n, err := w.engine.CountSegment(t.Context(), p.ID, x); err != nil || n != want {
				t.Errorf("%s: %d, %v; want %d", text, n, err, want)
			}
		}
		kept("before anything is told", engine.Profile{})

		want := engine.Profile{Gender: engine.GenderFemale, City: "Біла Церква", Fields: map[string]string{"pet": "dog", "allergy": "Горіхи та мед"}}
		got, err := tell(engine.ProfileInput{Gender: new(engine.GenderFemale), City: new("  Біла\n Церква "), Fields: map[string]string{"pet": "dog", "allergy": " Горіхи  та мед"}})
		wantProfile(t, "told", got, err, want)
		kept("read", want)
		counts("gender = female and city = «біла церква» and field(Pet) = Пес", 1)
		counts("field(улюбленець) in (Кіт, cat)", 0)
		counts("field(алергія) = «ГОРІХИ та мед»", 1)
		for _, unknown := range []string{"field(horse) = yes", "field(pet) = horse", "gender = other"} {
			var problem *segment.Problem
			if _, err := w.engine.ReadSegment(t.Context(), p.ID, unknown, nil); !errors.As(err, &problem) || problem.ID != segment.ProblemUnknown {
				t.Errorf("%s: %v", unknown, err)
			}
		}

		for what, in := range map[string]engine.ProfileInput{
			"gender_invalid": {Gender: new("woman"), City: new("Lviv")},
			"city_invalid":   {City: new(strings.Repeat("я", 61)), Gender: new("")},
			"field_unknown":  {City: new("Lviv"), Fields: map[string]string{"horse": "yes"}},
			"field_choice":   {City: new("Lviv"), Fields: map[string]string{"pet": "Dog"}},
			"field_invalid":  {City: new("Lviv"), Fields: map[string]string{"pet": "cat", "allergy": strings.Repeat("x", 101)}},
		} {
			_, err := tell(in)
			wantError(t, what, err, what)
		}
		_, err = tell(engine.ProfileInput{Fields: map[string]string{"note": "VIP"}})
		wantError(t, "a note of the shop", err, "field_unknown")
		_, err = w.engine.TellProfile(t.Context(), engine.ProfileInput{ProgramID: p.ID, City: new("Lviv")})
		wantError(t, "nobody", err, "member_not_found")
		kept("after mistakes", want)

		got, err = tell(engine.ProfileInput{Gender: new(""), City: new("Lviv"), Fields: map[string]string{"pet": "", "allergy": ""}})
		wantProfile(t, "taken back", got, err, engine.Profile{City: "Lviv"})
		counts("city = lviv and gender != female and field(pet) != dog", 1)
		counts("gender = female or field(pet) = dog", 0)

		if _, err := tell(engine.ProfileInput{Gender: new(engine.GenderMale), Fields: map[string]string{"pet": "cat"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.engine.NoteFields(t.Context(), engine.FieldsInput{ProgramID: p.ID, MemberID: m.ID, Fields: map[string]string{"note": "Завжди біля вікна"}}); err != nil {
			t.Fatal(err)
		}
		x, err := w.engine.ExportMember(t.Context(), p.ID, m.ID)
		if err != nil || x.Gender != "male" || x.City != "Lviv" ||
			!slices.Equal(x.Fields, []engine.ExportField{{Name: "Нотатка", Value: "Завжди біля вікна"}, {Name: "Улюбленець", Value: "Кіт"}}) {
			t.Errorf("exported %+v, %v", x, err)
		}
		if x, err := w.engine.ExportMember(t.Context(), p.ID, other.ID); err != nil || x.Gender+x.City != "" || len(x.Fields) != 0 {
			t.Errorf("exported of another %+v, %v", x, err)
		}
		if err := w.engine.Erase(t.Context(), p.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		kept("after leaving", engine.Profile{})
		_, err = tell(engine.ProfileInput{City: new("Lviv")})
		wantError(t, "told by who has left", err, "member_not_found")
	})
}

func TestStaffNotesWhatGuestsAreNotAsked(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.asking(t)
		w.attach(t, p)
		manager, _ := w.hire(t, p, "boss", engine.RoleManager)
		cashier, _ := w.hire(t, p, "till", engine.RoleCashier)
		m := w.join(t, p, engine.JoinInput{})
		note := func(staffID string, fields map[string]string) (engine.Profile, error) {
			return w.engine.NoteFields(t.Context(), engine.FieldsInput{ProgramID: p.ID, MemberID: m.ID, Fields: fields, StaffID: staffID})
		}
		_, err := note(cashier.ID, map[string]string{"note": "x"})
		wantError(t, "a cashier", err, "not_allowed")
		_, err = note(manager.ID, map[string]string{"pet": "dog"})
		wantError(t, "what guests tell themselves", err, "not_allowed")
		_, err = note(manager.ID, map[string]string{"horse": "x"})
		wantError(t, "a field that is not there", err, "field_unknown")
		want := engine.Profile{Fields: map[string]string{"note": "Завжди біля вікна"}}
		got, err := note(manager.ID, map[string]string{"note": "Завжди біля вікна"})
		wantProfile(t, "noted", got, err, want)
		if _, err := note(manager.ID, map[string]string{"note": "Завжди біля вікна"}); err != nil {
			t.Fatal(err)
		}
		log, err := w.store.AuditLog(t.Context(), p.ID, 100)
		if err != nil {
			t.Fatal(err)
		}
		log = slices.DeleteFunc(log, func(a engine.Audit) bool { return a.Act != "fields_noted" })
		if len(log) != 1 || strings.Contains(fmt.Sprint(log[0].Detail), "вікна") {
			t.Errorf("the audit log has %+v", log)
		}
		got, err = note("", map[string]string{"note": ""})
		wantProfile(t, "taken away", got, err, engine.Profile{})
	})
}

func TestProfilesOfCardsThatAreJoined(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.asking(t)
		w.attach(t, p)
		keep, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		tell := func(m engine.Member, in engine.ProfileInput) {
			t.Helper()
			in.ProgramID, in.MemberID = p.ID, m.ID
			if _, err := w.engine.TellProfile(t.Context(), in); err != nil {
				t.Fatal(err)
			}
		}
		has := func(what string, m engine.Member, want engine.Profile) {
			t.Helper()
			got, err := w.store.Profile(t.Context(), p.ID, m.ID)
			wantProfile(t, what, got, err, want)
		}
		tell(keep, engine.ProfileInput{City: new("Київ"), Fields: map[string]string{"pet": "dog"}})
		went := engine.Profile{Gender: "female", City: "Львів", Fields: map[string]string{"pet": "cat", "allergy": "Мед"}}
		tell(gone, engine.ProfileInput{Gender: &went.Gender, City: &went.City, Fields: went.Fields})
		merged := w.merge(t, p, "m", keep, gone)
		has("the one kept", keep, engine.Profile{Gender: "female", City: "Київ", Fields: map[string]string{"pet": "dog", "allergy": "Мед"}})
		if got, err := w.engine.Profile(t.Context(), p.ID, gone.ID); err != nil || got.City != "Київ" {
			t.Errorf("asked by the old card: %+v, %v", got, err)
		}
		tell(gone, engine.ProfileInput{Fields: map[string]string{"allergy": "Мед і горіхи"}}) // of the one card there is
		w.part(t, p, "u", merged.PostingID)
		has("the one kept after parting", keep, engine.Profile{City: "Київ", Fields: map[string]string{"pet": "dog", "allergy": "Мед і горіхи"}})
		has("the other", gone, went)
	})
}
