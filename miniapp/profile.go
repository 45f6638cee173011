package miniapp

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/words"
)

// profile is who the guest is: name, birthday, phone, and what else can be told.
func (a *App) profile(w http.ResponseWriter, r *http.Request, v *visitor) error {
	told, err := a.Engine.Profile(r.Context(), v.Program.ID, v.Member.ID)
	if err != nil {
		return err
	}
	return a.showProfile(w, r, v, http.StatusOK, v.profilePage(told))
}

func (v *visitor) profilePage(told engine.Profile) ui.Profile {
	page := ui.Profile{Name: v.Member.Name, About: v.aboutOf(told)}
	if v.Member.Phone != "" {
		page.Phone = v.W.P.PhoneMasked(v.Member.Phone.Reveal())
	}
	b := v.Standing.Birthday
	page.HasBirthday = v.Program.Settings.Birthdays() || b.Known()
	page.Fixed = b.Known() && !b.ChangedAt.IsZero()
	if b.Known() {
		page.Birthday, page.Day, page.Month = v.birthday(b), strconv.Itoa(b.Day), b.Month
		if b.Year != 0 {
			page.Year = strconv.Itoa(b.Year)
		}
	}
	return page
}

func (a *App) showProfile(w http.ResponseWriter, r *http.Request, v *visitor, status int, page ui.Profile) error {
	for m := time.January; m <= time.December; m++ {
		page.Months = append(page.Months, ui.Option{Value: strconv.Itoa(int(m)), Text: v.W.P.Month(m), On: int(m) == page.Month})
	}
	page.Chat = chatLink(v.Bot, "")
	f, err := a.frame(r, v, "more", v.W.T("app.profile.title"))
	if err != nil {
		return err
	}
	f.Back, f.Script = v.base+"more", "more.js"
	return a.showAs(w, r, v, status, f, page)
}

// birthday is one in words, with the year when it was told.
func (v *visitor) birthday(b rules.Birthday) string {
	year := b.Year
	if year == 0 {
		year = 2000 // has a 29 February
	}
	day := time.Date(year, time.Month(b.Month), b.Day, 12, 0, 0, 0, time.UTC)
	if b.Year == 0 {
		return v.W.P.DateLong(day, day)
	}
	return v.W.P.DateLong(day, v.W.Local(v.W.Now))
}

// rename keeps what the guest wants to be called.
func (a *App) rename(w http.ResponseWriter, r *http.Request, v *visitor) error {
	typed := r.PostFormValue("name")
	name := words.CleanName(typed, 64)
	if name == "" {
		told, err := a.Engine.Profile(r.Context(), v.Program.ID, v.Member.ID)
		if err != nil {
			return err
		}
		page := v.profilePage(told)
		page.Name, page.NameWrong = typed, v.W.T("guest.name.empty")
		return a.showProfile(w, r, v, http.StatusUnprocessableEntity, page)
	}
	m, err := a.Engine.Rename(r.Context(), v.Program.ID, v.Member.ID, name)
	if err != nil {
		return err
	}
	return a.done(w, r, v, "profile", v.plain("guest.name.saved", args{"Name": m.Name}), a.profile)
}

// setBirthday keeps when the guest celebrates. The same day again is no change.
func (a *App) setBirthday(w http.ResponseWriter, r *http.Request, v *visitor) error {
	day, month, year := strings.TrimSpace(r.PostFormValue("day")), r.PostFormValue("month"), strings.TrimSpace(r.PostFormValue("year"))
	text := day + "." + month
	if year != "" {
		text += "." + year
	}
	wrong := func(what string) error {
		told, err := a.Engine.Profile(r.Context(), v.Program.ID, v.Member.ID)
		if err != nil {
			return err
		}
		page := v.profilePage(told)
		page.Day, page.Year, page.BirthdayWrong = day, year, what
		page.Month, _ = strconv.Atoi(month)
		return a.showProfile(w, r, v, http.StatusUnprocessableEntity, page)
	}
	b, err := rules.ParseBirthday(text, rules.DateOf(v.W.Now, v.Program.Settings.Zone))
	if err != nil {
		return wrong(v.W.T("app.birthday.wrong"))
	}
	kept, err := a.Engine.SetBirthday(r.Context(), v.Program.ID, v.Member.ID, b)
	switch {
	case engine.IsKind(err, engine.KindInvalid), engine.IsKind(err, engine.KindLimit):
		return wrong(v.W.Problem(err))
	case err != nil:
		return err
	}
	return a.done(w, r, v, "profile", v.plain("guest.birthday.saved", args{"Date": v.birthday(kept)}), a.profile)
}
