package engine

import (
	"context"
	"fmt"
	"slices"

	"kartka/engine/rules"
	"kartka/engine/segment"
)

// segmentNames is what a program has, by the names people use.
type segmentNames struct {
	ids     map[segment.Thing]map[string]string // by folded name or id
	choices map[string]map[string]string        // of fields that have choices, by the field's id: ids by folded name or id
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
	n.choices = make(map[string]map[string]string, len(s.Fields))
	for _, f := range s.Fields {
		n.named(segment.ThingField, f.ID, f.Name)
		if len(f.Choices) == 0 {
			continue
		}
		of := &segmentNames{ids: map[segment.Thing]map[string]string{}}
		for _, c := range f.Choices {
			of.named(segment.ThingField, c.ID, c.Name)
		}
		n.choices[f.ID] = of.ids[segment.ThingField]
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
	campaigns, err := e.store.Campaigns(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read campaigns: %w", err)
	}
	for _, c := range slices.Backward(campaigns) { // of several of a name the newest is meant
		n.add(segment.ThingCampaign, c.ID, c.Name, c.ID)
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

// Resolve implements [segment.Known]. What a shop sells is not written down anywhere: any name will do.
func (n *segmentNames) Resolve(thing segment.Thing, name string) (id string, ok bool) {
	switch thing {
	case segment.ThingGood:
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

// Choice implements [segment.Chooser]. In fields without choices any text will do.
func (n *segmentNames) Choice(field, name string) (id string, ok bool) {
	choices, found := n.choices[field]
	if !found {
		return name, true
	}
	id, ok = choices[segment.Fold(name)]
	return id, ok
}
