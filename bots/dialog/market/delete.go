package market

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

const stepDelete = "unsegment"

// askDelete asks whether an own segment is to be taken away.
func askDelete(v talk.View, id string) talk.Output {
	return withShop(v, func(v talk.View, s shop) talk.Output {
		own, ok := s.own(id)
		if !ok {
			return segmentPage(v, id, "")
		}
		mark := v.NewMark()
		confirm := talk.Button(v.T("market.delete.btn"), Flow, actDeleted, own.ID, mark)
		confirm.Style = bots.StyleDanger
		text := v.Rich("market.delete.text", locales.Args{"Name": s.title(v, own.ID)})
		return v.SayAnd(talk.In("", stepDelete, own.ID).Marked(mark), v.Screen(text, talk.Row(confirm), back(v, actSegment, own.ID)))
	})
}

// pressDelete takes it away. One that is gone already is what was wished for.
func pressDelete(v talk.View, p talk.Pressed) talk.Output {
	if p.Mark == "" || p.Mark != v.Session.Mark || !v.Session.At("", stepDelete) || talk.Data[string](v.Session, "") != p.Arg {
		return stale(v)
	}
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		err := e.DeleteSegment(ctx, program, staff, p.Arg)
		if engine.IsKind(err, engine.KindNotFound) {
			err = nil
		}
		return struct{}{}, err
	}, func(v talk.View, _ struct{}, err error) talk.Output {
		if err != nil {
			return segmentPage(v, p.Arg, note(v, err))
		}
		return Segments(v).Toasted(v.T("market.deleted.toast"))
	}))
}
