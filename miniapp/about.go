package miniapp

import (
	"maps"
	"net/http"

	"kartka/engine"
	"kartka/miniapp/ui"
	"kartka/words"
)

// aboutOf is what the guest can tell beside name, birthday and phone, with what is told.
func (v *visitor) aboutOf(p engine.Profile) ui.About {
	about := ui.About{City: p.City, Genders: []ui.Option{
		{Value: "", Text: v.W.T("guest.about.none.btn"), On: p.Gender == ""},
		{Value: engine.GenderFemale, Text: v.W.T("guest.about.female.btn"), On: p.Gender == engine.GenderFemale},
		{Value: engine.GenderMale, Text: v.W.T("guest.about.male.btn"), On: p.Gender == engine.GenderMale},
	}}
	for i := range v.Program.Settings.Fields {
		f := &v.Program.Settings.Fields[i]
		if !f.Asked {
			continue
		}
		field := ui.AboutField{ID: f.ID, Name: v.W.Name("field:"+f.ID, f.ID), Value: p.Fields[f.ID]}
		for _, c := range f.Choices {
			field.Choices = append(field.Choices, ui.Option{Value: c.ID, Text: v.W.FieldValue(f.ID, c.ID), On: c.ID == field.Value})
		}
		about.Fields = append(about.Fields, field)
	}
	return about
}

// longestTold bounds what is read of an answer, in characters; how many may be kept the engine says.
const longestTold = 1000

// setAbout keeps what the guest tells. What a page of an older version did not ask stays as it was.
func (a *App) setAbout(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := engine.ProfileInput{ProgramID: v.Program.ID, MemberID: v.Member.ID, Fields: map[string]string{}}
	typed := func(name string) *string {
		if !r.PostForm.Has(name) {
			return nil
		}
		text := words.CleanName(r.PostFormValue(name), longestTold)
		return &text
	}
	in.Gender, in.City = typed("gender"), typed("city")
	for _, f := range v.Program.Settings.Fields {
		if text := typed("field:" + f.ID); text != nil && f.Asked {
			in.Fields[f.ID] = *text
		}
	}
	_, err := a.Engine.TellProfile(r.Context(), in)
	switch {
	case engine.IsKind(err, engine.KindInvalid):
		told, readErr := a.Engine.Profile(r.Context(), v.Program.ID, v.Member.ID)
		if readErr != nil {
			return readErr
		}
		page := v.profilePage(typedOver(told, in))
		page.About.Wrong = v.W.Problem(err)
		return a.showProfile(w, r, v, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	return a.done(w, r, v, "profile", v.plain("guest.about.saved"), a.profile)
}

// typedOver is what is known with what was typed in its place, to be shown beside what is wrong with it.
func typedOver(p engine.Profile, in engine.ProfileInput) engine.Profile {
	fields := maps.Clone(in.Fields)
	for id, value := range p.Fields {
		if _, typed := fields[id]; !typed {
			fields[id] = value
		}
	}
	p.Fields = fields
	if in.Gender != nil {
		p.Gender = *in.Gender
	}
	if in.City != nil {
		p.City = *in.City
	}
	return p
}
