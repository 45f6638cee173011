package owner

import (
	"context"
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

const stepInvite = "invite"

// mayInvite lists the roles a person may invite to.
func mayInvite(v talk.View) []engine.Role {
	if v.Owns() {
		return engine.Roles()
	}
	return []engine.Role{engine.RoleCashier}
}

// pressInvite leads from the role through the place to the link. Its argument is "", a role, or a role and a place's code.
func pressInvite(v talk.View, p talk.Pressed) talk.Output {
	word, code, placed := strings.Cut(p.Arg, ".")
	role := engine.Role(word)
	if word == "" && len(mayInvite(v)) == 1 {
		role = mayInvite(v)[0]
	}
	if !slices.Contains(mayInvite(v), role) {
		return askRole(v)
	}
	_, fresh := asideData[any](v, stepInvite, p)
	return withTeam(v, func(v talk.View, t team) talk.Output {
		open := openPlaces(t.Places)
		switch {
		case placed && !fresh:
			return stale(v, askRole(v))
		case !placed && (len(open) > 1 || !fresh):
			return askInvitePlace(v, role, open)
		}
		place := ""
		if l, ok := placeOfCode(open, code); ok {
			place = l.ID
		}
		return invite(v, role, place)
	})
}

func askRole(v talk.View) talk.Output {
	mark := v.NewMark()
	var rows [][]bots.Button
	var about []bots.Rich
	for _, role := range mayInvite(v) {
		rows = append(rows, talk.Row(talk.Button(v.T("owner.role."+string(role)+".btn"), Flow, "invite", string(role), mark)))
		about = append(about, v.Rich("owner.role."+string(role)+".may"))
	}
	rows = append(rows, back(v, "staff", ""))
	return v.SayAnd(aside(stepInvite, nil).Marked(mark), v.Screen(talk.Paragraphs(v.Rich("owner.invite.role"), talk.Lines(about...)), rows...))
}

// askInvitePlace asks where the new person works; with one place, only whether the link shall be made.
func askInvitePlace(v talk.View, role engine.Role, open []engine.Location) talk.Output {
	mark := v.NewMark()
	var rows [][]bots.Button
	if len(open) > 1 {
		for _, l := range open {
			rows = append(rows, talk.Row(talk.Button(words.CleanName(l.Name, 28), Flow, "invite", string(role)+"."+l.Code, mark)))
		}
		rows = append(rows, talk.Row(talk.Button(v.T("owner.invite.anywhere.btn"), Flow, "invite", string(role)+".", mark)))
	} else {
		rows = append(rows, talk.Row(talk.Button(v.T("owner.invite.make.btn"), Flow, "invite", string(role)+".", mark)))
	}
	text := v.Rich("owner.invite.ready", locales.Args{"Role": v.T("owner.role." + string(role) + ".name")})
	if len(open) > 1 {
		text = v.Rich("owner.invite.place", locales.Args{"Role": v.T("owner.role." + string(role) + ".name")})
	}
	rows = append(rows, back(v, "staff", ""))
	return v.SayAnd(aside(stepInvite, nil).Marked(mark), v.Screen(text, rows...))
}

func invite(v talk.View, role engine.Role, place string) talk.Output {
	program, by := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Invited, error) {
		return e.InviteStaff(ctx, program, by, role, place)
	}, invited))
}

// invited shows the link, which nobody can see a second time.
func invited(v talk.View, i engine.Invited, err error) talk.Output {
	if err != nil {
		return v.SayAnd(talk.Session{}, v.Alert(v.Problem(err)))
	}
	link := v.DeepLink(talk.Link{Staff: i.Token})
	ends := v.Local(i.Invite.ExpiresAt)
	text := v.Rich("owner.invite.text", locales.Args{"Shop": v.Program.Settings.Name, "Role": v.T("owner.role." + string(i.Invite.Role) + ".name"),
		"Link": link, "Date": v.Date(i.Invite.ExpiresAt), "Time": v.P.Time(ends)})
	pass := talk.Row(bots.Button{Text: v.T("owner.invite.copy.btn"), Copy: link})
	words := v.T("owner.invite.share.text", locales.Args{"Shop": v.Program.Settings.Name})
	if share := bots.ShareLink(bots.Channel(v.Bot.Channel), link, words); share != "" {
		pass = append(pass, bots.Button{Text: v.T("owner.invite.share.btn"), URL: share})
	}
	return v.SayAnd(talk.Session{}, v.Screen(text, pass,
		talk.Row(button(v.T("owner.invite.another.btn"), "invite", ""), button(v.T("owner.home.staff.btn"), "staff", "")),
	))
}
