package engine

import (
	"context"
	"fmt"

	"kartka/engine/rules"
	"kartka/engine/segment"
)

// segmentNames is what a program has, by the names people use.
type segmentNames struct {
	ids map[segment.Thing]map[string]string // by folded name or id
}

func (e *Engine) segmentNames(ctx context.Context, programID string) (*segmentNames, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	places, err := e.store.Locations(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read locations: %w", err)
	}
	segments, err := e.store.Segments(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	s := program.Settings
	n := &segmentNames{ids: map[segment.Thing]map[string]string{}}
	for _, t := range s.Tiers.List {
		n.named(segment.ThingTier, t.ID, t.Name)
	}
	for _, c := range s.Stamps {
		n.named(segment.ThingCard, c.ID, c.Name)
	}
	for _, k := range s.Coupons {
		n.named(segment.ThingCoupon, k.ID, k.Name)
	}
	for _, c := range s.Goods {
		n.named(segment.ThingCategory, c.ID, c.Name)
	}
	for _, p := range places {
		n.add(segment.ThingPlace, p.ID, p.Name, p.Code, p.ID)
	}
	for _, r := range segment.ReadyMade() {
		n.add(segment.ThingSegment, ReadySegment(r), r.ID, ReadySegment(r))
	}
	for _, s := range segments { // the own ones have precedence
		n.add(segment.ThingSegment, s.ID, s.Name, s.ID)
	}
	for _, text := range []string{"female", "male"} {
		n.add(segment.ThingGender, text, text)
	}
	for _, c := range segment.Channels() {
		n.add(segment.ThingChannel, c, c)
	}
	for _, l := range rules.Languages() { // a guest may have chosen one that the shop does not speak
		n.add(segment.ThingLanguage, l, l)
	}
	return n, nil
}

func (n *segmentNames) named(thing segment.Thing, id string, name rules.Name) {
	for _, text := range name {
		n.add(thing, id, text)
	}
	n.add(thing, id, id)
}

func (n *segmentNames) add(thing segment.Thing, id string, names ...string) {
	if n.ids[thing] == nil {
		n.ids[thing] = map[string]string{}
	}
	for _, name := range names {
		if name = segment.Fold(name); name != "" {
			n.ids[thing][name] = id
		}
	}
}

// Resolve implements [segment.Known]. What a shop sells and what it asks guests is not written down anywhere: any name will do.
func (n *segmentNames) Resolve(thing segment.Thing, name string) (id string, ok bool) {
	switch thing {
	case segment.ThingGood, segment.ThingField:
		return segment.Key(name), true
	case segment.ThingCategory:
		if id, ok := n.ids[thing][segment.Fold(name)]; ok {
			return segment.Key(id), true
		}
		return segment.Key(name), true
	}
	id, ok = n.ids[thing][segment.Fold(name)]
	return id, ok
}
