package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kartka/engine/rules"
)

// Genders that guests may tell; "" is not told.
const (
	GenderFemale = "female"
	GenderMale   = "male"
)

// Bounds of what is told, in characters.
const (
	maxCity       = 60
	maxFieldValue = 100
)

// Profile is what is known of a member beside name, number and birthday.
type Profile struct {
	Gender string            // GenderFemale, GenderMale or ""
	City   string            // "" is not told
	Fields map[string]string // by [rules.Field] id: a text, or the id of a choice; what is not known is left out
}

// ProfileInput is what a guest tells. Nil leaves a thing as it was, "" takes it back.
type ProfileInput struct {
	ProgramID string
	MemberID  string
	Gender    *string
	City      *string           // at most 60 characters
	Fields    map[string]string // of those that are asked: texts of at most 100 characters, ids of choices
}

// FieldsInput is what the shop notes of a guest in fields that guests are not asked. "" takes a note away.
type FieldsInput struct {
	ProgramID string
	MemberID  string
	Fields    map[string]string // as in [ProfileInput]
	StaffID   string            // a manager, an owner or a marketer; "" = the operator
}

// Profile reads what is known of a member; of a card that became part of another, what is known of that.
func (e *Engine) Profile(ctx context.Context, programID, memberID string) (Profile, error) {
	m, err := memberOf(ctx, e.store, programID, memberID)
	if err != nil {
		return Profile{}, err
	}
	p, err := e.store.Profile(ctx, programID, m.ID)
	if err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}
	return p, nil
}

// TellProfile keeps what a guest tells, which can be changed and taken back at any time. All of it is kept or, when anything is wrong,
// nothing. It returns what is known then.
func (e *Engine) TellProfile(ctx context.Context, in ProfileInput) (Profile, error) {
	program, err := e.Program(ctx, in.ProgramID)
	if err != nil {
		return Profile{}, err
	}
	var city string
	if in.City != nil {
		if city = oneLine(*in.City); !shortText(city, maxCity) {
			return Profile{}, fail(KindInvalid, "city_invalid", "Max", maxCity)
		}
	}
	if in.Gender != nil && !slices.Contains([]string{"", GenderFemale, GenderMale}, *in.Gender) {
		return Profile{}, fail(KindInvalid, "gender_invalid")
	}
	fields, err := cleanFields(program.Settings, in.Fields, true)
	if err != nil {
		return Profile{}, err
	}
	return e.changeProfile(ctx, in.ProgramID, in.MemberID, func(p *Profile) {
		if in.Gender != nil {
			p.Gender = *in.Gender
		}
		if in.City != nil {
			p.City = city
		}
		p.put(fields)
	}, nil)
}

// NoteFields keeps what the shop notes of a guest. Staff may not note anything of the own card, and that there was a change, not what, is written
// in the audit log. It returns what is known then.
func (e *Engine) NoteFields(ctx context.Context, in FieldsInput) (Profile, error) {
	program, err := e.Program(ctx, in.ProgramID)
	if err != nil {
		return Profile{}, err
	}
	fields, err := cleanFields(program.Settings, in.Fields, false)
	if err != nil {
		return Profile{}, err
	}
	return e.changeProfile(ctx, in.ProgramID, in.MemberID, func(p *Profile) { p.put(fields) }, &in)
}

// changeProfile changes it for the member or, with a note, by somebody else.
func (e *Engine) changeProfile(ctx context.Context, programID, memberID string, change func(*Profile), note *FieldsInput) (Profile, error) {
	var now Profile
	err := e.store.InTx(ctx, func(tx Tx) error {
		m, _, err := lockMember(ctx, tx, programID, memberID)
		if err != nil {
			return err
		}
		if m == nil || m.State == MemberErased {
			return fail(KindNotFound, "member_not_found")
		}
		if note != nil {
			if err := checkTagger(ctx, tx, programID, note.StaffID, m.ID); err != nil {
				return err
			}
		}
		was, err := tx.Profile(ctx, programID, m.ID)
		if err != nil {
			return fmt.Errorf("read profile: %w", err)
		}
		now = was
		now.Fields = maps.Clone(was.Fields)
		change(&now)
		if now.same(was) {
			return nil
		}
		if err := tx.SetProfile(ctx, programID, m.ID, now); err != nil {
			return fmt.Errorf("write profile: %w", err)
		}
		if note == nil {
			return nil
		}
		err = tx.InsertAudit(ctx, e.audit(programID, note.StaffID, "fields_noted", m.ID, map[string]any{"fields": slices.Sorted(maps.Keys(note.Fields))}))
		if err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		return nil
	})
	return now, err
}

// put sets fields; "" takes one away.
func (p *Profile) put(fields map[string]string) {
	for id, value := range fields {
		if value == "" {
			delete(p.Fields, id)
			continue
		}
		if p.Fields == nil {
			p.Fields = map[string]string{}
		}
		p.Fields[id] = value
	}
}

func (p Profile) same(o Profile) bool {
	return p.Gender == o.Gender && p.City == o.City && maps.Equal(p.Fields, o.Fields)
}

// cleanFields tidies values of fields that are asked or, with asked false, of those that are not, and refuses what is none.
func cleanFields(s *rules.Settings, fields map[string]string, asked bool) (map[string]string, error) {
	clean := make(map[string]string, len(fields))
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		f := s.Field(id)
		switch {
		case f == nil || asked && !f.Asked:
			return nil, fail(KindInvalid, "field_unknown")
		case f.Asked != asked:
			return nil, fail(KindForbidden, "not_allowed")
		}
		value := oneLine(fields[id])
		switch {
		case !shortText(value, maxFieldValue):
			return nil, fail(KindInvalid, "field_invalid", "Max", maxFieldValue)
		case value != "" && len(f.Choices) > 0 && f.Choice(value) == nil:
			return nil, fail(KindInvalid, "field_choice")
		}
		clean[id] = value
	}
	return clean, nil
}

// oneLine is a text with single spaces and none around it.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// shortText reports whether a text can be kept and shown: not endless, nothing but characters.
func shortText(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, unicode.IsControl)
}

// What of a profile a merge carries over, by the names in [MergeDetail.Profile]: these, and the ids of fields behind [profileField].
const (
	profileGender = "gender"
	profileCity   = "city"
	profileField  = "field:"
)

// missing names what another profile knows and this one does not.
func (p Profile) missing(other Profile) (names []string) {
	if p.Gender == "" && other.Gender != "" {
		names = append(names, profileGender)
	}
	if p.City == "" && other.City != "" {
		names = append(names, profileCity)
	}
	for _, id := range slices.Sorted(maps.Keys(other.Fields)) {
		if p.Fields[id] == "" {
			names = append(names, profileField+id)
		}
	}
	return names
}

// taking is the profile with what the names name as another has it.
func (p Profile) taking(names []string, other Profile) Profile {
	fields := map[string]string{}
	for _, name := range names {
		switch id, field := strings.CutPrefix(name, profileField); {
		case name == profileGender:
			p.Gender = other.Gender
		case name == profileCity:
			p.City = other.City
		case field:
			fields[id] = other.Fields[id]
		}
	}
	p.Fields = maps.Clone(p.Fields)
	p.put(fields)
	return p
}

// sharing returns those of the names of which both profiles say the same.
func (p Profile) sharing(names []string, other Profile) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		id, field := strings.CutPrefix(name, profileField)
		return name == profileGender && p.Gender != other.Gender || name == profileCity && p.City != other.City || field && p.Fields[id] != other.Fields[id]
	})
}
