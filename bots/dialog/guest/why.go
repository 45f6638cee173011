package guest

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/locales"
	"kartka/words"
)

// explained is a posting to be explained; Item.Posting.ID is "" when there is none yet.
type explained struct {
	Item   engine.HistoryItem
	Answer engine.Posted // what was told when it was made
}

// why explains a posting of the person, or the newest.
func why(v talk.View, postingID string) talk.Output {
	programID, member := v.Program.ID, *v.Member
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (explained, error) {
		if postingID == "" {
			return newest(ctx, e, programID, member)
		}
		return find(ctx, e.Store(), programID, member.ID, postingID)
	}, told))
}

func newest(ctx context.Context, e *engine.Engine, programID string, member engine.Member) (explained, error) {
	items, err := e.History(ctx, programID, member.AccountID, "", 1)
	if err != nil || len(items) == 0 {
		return explained{}, err
	}
	return explain(items[0])
}

// find reads a posting for its owner. Another person's is as good as none.
func find(ctx context.Context, reads engine.Reads, programID, memberID, postingID string) (explained, error) {
	p, err := reads.Posting(ctx, programID, postingID)
	if err != nil {
		return explained{}, err
	}
	if p.MemberID != memberID {
		return explained{}, &engine.Error{Kind: engine.KindNotFound, ID: "not_found"}
	}
	item := engine.HistoryItem{Posting: p}
	if p.LocationID != "" {
		place, err := reads.Location(ctx, programID, p.LocationID)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return explained{}, err
		}
		item.Location = place.Name
	}
	return explain(item)
}

// explain adds what the posting's answer says. The answer of a very old version may be unreadable: then its reasons are told alone.
func explain(item engine.HistoryItem) (explained, error) {
	x := explained{Item: item}
	if err := json.Unmarshal(item.Posting.Answer, &x.Answer); err != nil {
		x.Answer = engine.Posted{}
	}
	if x.Item.Sale == nil && item.Posting.SaleID != "" {
		x.Item.Sale = &engine.Sale{Total: x.Answer.Total}
	}
	return x, nil
}

// mostReasons is how many reasons are told: a shop may have hundreds of rules that did not hold.
const mostReasons = 16

func told(v talk.View, x explained, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	p := x.Item.Posting
	back := talk.Row(cardButton(v), button(v.T("guest.history.btn"), actHistory, ""))
	if p.ID == "" {
		return v.SayAnd(away(v), v.Screen(v.Rich("guest.history.empty"), talk.Row(cardButton(v), helpButton(v))))
	}
	head := "guest.why.title"
	if words.Pointless(p) {
		head = "guest.why.title_plain"
	}
	title := v.Rich(head, locales.Args{"Change": change(v, p), "Date": v.Date(p.OccurredAt)})
	var reasons []bots.Rich
	given := slices.Compact(v.Reasons(p.Reasons))
	for _, reason := range given[:min(len(given), mostReasons)] { // what was applied comes first
		reasons = append(reasons, v.Rich("guest.why.reason", locales.Args{"Reason": reason}))
	}
	if more := len(given) - mostReasons; more > 0 {
		reasons = append(reasons, v.Rich("guest.why.more", locales.Args{"More": more}))
	}
	if p.Kind == ledger.KindReverse && x.Answer.GiftBack > 0 {
		reasons = append(reasons, v.Rich("guest.why.reason", locales.Args{"Reason": locales.Safe(v.Rich("notice.return.certificate", locales.Args{"Sum": v.Money(x.Answer.GiftBack)}))}))
	}
	if p.Kind == ledger.KindReverse && x.Answer.CashBack > 0 {
		reasons = append(reasons, v.Rich("guest.why.cash", locales.Args{"Sum": v.Money(x.Answer.CashBack)}))
	}
	var life bots.Rich
	expires := x.Answer.Expires
	if expires.IsZero() {
		expires = x.Item.Expires
	}
	switch {
	case p.Earned == 0:
	case !expires.IsZero():
		life = v.Rich("guest.why.until", locales.Args{"Date": v.LastDay(expires)})
	case p.Kind == ledger.KindSale && x.Answer.PostingID != "":
		life = v.Rich("guest.why.forever")
	}
	version := v.Rich("guest.why.rules", locales.Args{"Version": strconv.FormatInt(p.Version, 10)})
	about := bots.Escape(what(v, x.Item))
	return v.SayAnd(away(v), v.Screen(talk.Paragraphs(talk.Lines(title, about), talk.Lines(reasons...), life, version), back))
}
