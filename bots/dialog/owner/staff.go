package owner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// team is who works for a program, and where.
type team struct {
	Staff  []engine.Staff
	Places []engine.Location
}

// perPage is how many people or places one screen shows.
const perPage = 10

func readTeam(ctx context.Context, e *engine.Engine, program string) (t team, err error) {
	if t.Staff, err = e.Store().StaffList(ctx, program); err != nil {
		return t, fmt.Errorf("read staff: %w", err)
	}
	if t.Places, err = e.Store().Locations(ctx, program); err != nil {
		return t, fmt.Errorf("read locations: %w", err)
	}
	t.Staff = slices.DeleteFunc(t.Staff, func(s engine.Staff) bool { return s.Disabled })
	roles := engine.Roles() // cashiers first; owners stand at the top of the list
	slices.SortStableFunc(t.Staff, func(a, b engine.Staff) int {
		return cmp.Or(cmp.Compare(slices.Index(roles, b.Role), slices.Index(roles, a.Role)), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return t, nil
}

// withTeam reads the team and goes on.
func withTeam(v talk.View, then func(talk.View, team) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (team, error) {
		return readTeam(ctx, e, program)
	}, func(v talk.View, t team, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return then(v, t)
	}))
}

func (t team) place(id string) string {
	for _, l := range t.Places {
		if l.ID == id {
			return l.Name
		}
	}
	return ""
}

func (t team) person(id string) (engine.Staff, bool) {
	i := slices.IndexFunc(t.Staff, func(s engine.Staff) bool { return s.ID == id })
	if i < 0 {
		return engine.Staff{}, false
	}
	return t.Staff[i], true
}

// personName is a name to show; a person without a readable one is called by the role.
func personName(v talk.View, s engine.Staff) string {
	return cmp.Or(words.CleanName(s.Name, 40), v.T("owner.role."+string(s.Role)+".name"))
}

func pressStaff(v talk.View, p talk.Pressed) talk.Output {
	page, err := strconv.Atoi(cmp.Or(p.Arg, "0"))
	if err != nil {
		page = 0
	}
	return staffList(v, page)
}

// staffList shows a page of the people who work here.
func staffList(v talk.View, page int) talk.Output {
	return withTeam(v, func(v talk.View, t team) talk.Output { return showTeam(v, t, page) })
}

func showTeam(v talk.View, t team, page int) talk.Output {
	from, to, page, pages := pageOf(len(t.Staff), page)
	var people []bots.Rich
	var rows [][]bots.Button
	for _, s := range t.Staff[from:to] {
		people = append(people, personLine(v, t, s))
		if mayDismiss(v, s) {
			rows = append(rows, talk.Row(button(words.CleanName(personName(v, s), 28), "person", s.ID)))
		}
	}
	head := v.P.RichN("owner.staff.head", int64(len(t.Staff)))
	text := talk.Paragraphs(bots.Rich(head), talk.Lines(people...))
	switch {
	case len(t.Staff) < 2:
		text = talk.Paragraphs(text, v.Rich("owner.staff.alone"))
	case len(rows) > 0:
		text = talk.Paragraphs(text, v.Rich("owner.staff.choose"))
	}
	rows = append(rows, turnPages("staff", page, pages)...)
	rows = append(rows, talk.Row(button(v.T("owner.staff.invite.btn"), "invite", "")), back(v, "home", ""))
	return v.SayAnd(talk.Session{}, v.Screen(text, rows...))
}

func personLine(v talk.View, t team, s engine.Staff) bots.Rich {
	args := locales.Args{"Name": personName(v, s), "Role": v.T("owner.role." + string(s.Role) + ".name"), "Since": v.Date(s.CreatedAt)}
	if place := t.place(s.LocationID); place != "" {
		args["Place"] = place
		return v.Rich("owner.staff.line_place", args)
	}
	return v.Rich("owner.staff.line", args)
}

// pageOf finds the bounds of a page that exists.
func pageOf(items, wanted int) (from, to, page, pages int) {
	pages = max(1, (items+perPage-1)/perPage)
	page = min(max(wanted, 0), pages-1)
	from = page * perPage
	return from, min(from+perPage, items), page, pages
}

func turnPages(action string, page, pages int) [][]bots.Button {
	var row []bots.Button
	if page > 0 {
		row = append(row, button("←", action, strconv.Itoa(page-1)))
	}
	if page < pages-1 {
		row = append(row, button("→", action, strconv.Itoa(page+1)))
	}
	if row == nil {
		return nil
	}
	return [][]bots.Button{row}
}

// mayDismiss follows the engine: nobody dismisses owners, managers only cashiers and marketers.
func mayDismiss(v talk.View, s engine.Staff) bool {
	return v.Manages() && s.Role != engine.RoleOwner && (v.Owns() || s.Role != engine.RoleManager)
}

const stepDismiss = "dismiss"

// pressPerson asks whether the access of a person shall end.
func pressPerson(v talk.View, p talk.Pressed) talk.Output {
	return withTeam(v, func(v talk.View, t team) talk.Output {
		s, ok := t.person(p.Arg)
		if !ok || !mayDismiss(v, s) {
			return stale(v, showTeam(v, t, 0))
		}
		return showPerson(v, t, s)
	})
}

func showPerson(v talk.View, t team, s engine.Staff) talk.Output {
	mark := v.NewMark()
	dismiss := talk.Button(v.T("owner.staff.dismiss.btn"), Flow, "dismiss", s.ID, mark)
	dismiss.Style = bots.StyleDanger
	text := talk.Paragraphs(personLine(v, t, s), v.Rich("owner.staff.dismiss.text"))
	return v.SayAnd(aside(stepDismiss, s.ID).Marked(mark), v.Screen(text, talk.Row(dismiss), back(v, "staff", "")))
}

func pressDismiss(v talk.View, p talk.Pressed) talk.Output {
	if id, fresh := asideData[string](v, stepDismiss, p); !fresh || id != p.Arg {
		return stale(v, staffList(v, 0))
	}
	program, by := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		return struct{}{}, e.DismissStaff(ctx, program, by, p.Arg)
	}, dismissed))
}

func dismissed(v talk.View, _ struct{}, err error) talk.Output {
	if err != nil {
		return v.SayAnd(talk.Session{}, v.Alert(v.Problem(err)))
	}
	return staffList(v, 0).Toasted(v.T("owner.staff.dismissed.toast"))
}
