package market

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// shop is what segments are told and counted with.
type shop struct {
	Own      []engine.Segment // by name
	Places   []engine.Location
	Told     []engine.Campaign
	Channels []string // in which the program has a bot
}

func readShop(ctx context.Context, e *engine.Engine, program string) (s shop, err error) {
	if s.Own, err = e.Segments(ctx, program); err != nil {
		return s, err
	}
	if s.Places, err = e.Store().Locations(ctx, program); err != nil {
		return s, fmt.Errorf("read locations: %w", err)
	}
	if s.Told, err = e.Campaigns(ctx, program); err != nil {
		return s, err
	}
	connected, err := e.Store().Bots(ctx, program)
	if err != nil {
		return s, fmt.Errorf("read bots: %w", err)
	}
	for _, channel := range segment.Channels() {
		if slices.ContainsFunc(connected, func(b engine.Bot) bool { return b.Channel == channel }) {
			s.Channels = append(s.Channels, channel)
		}
	}
	return s, nil
}

// own finds a segment of the program.
func (s shop) own(id string) (engine.Segment, bool) {
	i := slices.IndexFunc(s.Own, func(o engine.Segment) bool { return o.ID == id })
	if i < 0 {
		return engine.Segment{}, false
	}
	return s.Own[i], true
}

// readyOf finds a ready-made segment by its id among segments.
func readyOf(id string) (segment.Ready, bool) {
	all := segment.ReadyMade()
	i := slices.IndexFunc(all, func(r segment.Ready) bool { return engine.ReadySegment(r) == id })
	if i < 0 {
		return segment.Ready{}, false
	}
	return all[i], true
}

// names finds what the settings do not name.
func (s shop) names(v talk.View) words.Namer {
	return func(thing segment.Thing, id string) string {
		switch thing {
		case segment.ThingSegment:
			return s.title(v, id)
		case segment.ThingCampaign:
			for _, c := range s.Told {
				if c.ID == id {
					return words.CleanName(c.Name, maxTitle)
				}
			}
		case segment.ThingPlace:
			for _, l := range s.Places {
				if l.ID == id {
					return l.Name
				}
			}
		}
		return ""
	}
}

// title is what a segment is called, "" when it is there no more.
func (s shop) title(v talk.View, id string) string {
	if r, ok := readyOf(id); ok {
		name, _ := v.Words().ReadySegment(r.ID)
		return name
	}
	own, _ := s.own(id)
	return words.CleanName(own.Name, maxTitle)
}

// maxTitle is how many characters of a name or an explanation stand in a line.
const maxTitle = 60

// member asks whether somebody belongs to a segment.
func member(id string) segment.Expr { return segment.Cond{Fact: "in", Of: id} }

// agreed holds for whom news may be sent to: who agreed to it in a messenger that reaches them.
func (s shop) agreed() segment.Expr { return segment.Reached(s.Channels...) }

// size is how many belong to a segment now.
type size struct {
	All, Agreed int
	Problem     *segment.Problem // why it cannot be counted
}

// measure counts those for whom an expression holds, and those among them to whom news may be sent.
func (s shop) measure(ctx context.Context, e *engine.Engine, program string, x segment.Expr) (n size, err error) {
	if n.All, err = e.CountSegment(ctx, program, x); err == nil && n.All > 0 {
		n.Agreed, err = e.CountSegment(ctx, program, segment.All{x, s.agreed()})
	}
	n.Problem, err = problemOf(err)
	return n, err
}

// problemOf takes what is wrong with an expression out of an error: that is an answer, not a failure.
func problemOf(err error) (*segment.Problem, error) {
	var problem *segment.Problem
	if errors.As(err, &problem) {
		return problem, nil
	}
	return nil, err
}

// missing is a problem of a campaign's audience in which the segment that was picked has its name, though it is there no more.
func missing(plan campaign.Plan, p *segment.Problem) *segment.Problem {
	if x, ok := plan.Audience.(segment.Cond); p == nil || !ok || x.Fact != "in" || x.Of != p.Near || plan.Title == "" {
		return p
	}
	named := *p
	named.Near = plan.Title
	return &named
}

// lines say how many there are.
func (n size) lines(v talk.View) bots.Rich {
	if n.Problem != nil {
		return talk.Lines(v.Rich("market.size.unknown"), wrong(v, n.Problem))
	}
	if n.All == 0 {
		return v.Rich("market.size.nobody")
	}
	return talk.Lines(bots.Rich(v.P.RichN("market.size.all", int64(n.All))), v.Rich("market.size.agreed", locales.Args{"Count": n.Agreed}))
}
