package owner

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/rules"
	"kartka/locales"
)

// diffParts are the sections of the JSON in the order they are told, each with the section of the screens it belongs to and, for
// lists, what [rules.Settings.NameOf] calls its members.
func diffParts() []struct{ key, part, of string } {
	return []struct{ key, part, of string }{
		{"name", "shop", ""}, {"preset", "shop", ""}, {"currency", "shop", ""}, {"time_zone", "shop", ""}, {"languages", "shop", ""}, {"unit", "shop", ""},
		{"links", "shop", ""}, {"earn", "base", ""}, {"redeem", "base", ""}, {"welcome", "base", ""}, {"discount", "discount", ""}, {"tiers", "tiers", ""},
		{"categories", "goods", "category:"}, {"rules", "promos", "rule:"}, {"stamps", "stamps", "stamps:"}, {"coupons", "coupons", "coupon:"},
		{"codes", "coupons", "code:"}, {"rewards", "rewards", "reward:"}, {"certificates", "gifts", ""}, {"referral", "friends", ""},
		{"transfer", "friends", ""}, {"sharing", "friends", ""}, {"feedback", "feedback", ""}, {"campaigns", "news", ""}, {"fields", "fields", "field:"},
		{"points", "expiry", ""}, {"rescue", "expiry", ""}, {"staff", "limits", ""}, {"returns", "limits", ""},
	}
}

// maxNamed is how many members of a list are named; the others are counted.
const maxNamed = 8

// differences tells what changes from one version of the settings to another, a line for each section.
func differences(v talk.View, now, next *rules.Settings) bots.Rich {
	before, after := sections(now), sections(next)
	var lines []bots.Rich
	told := map[string]bool{}
	for _, d := range diffParts() {
		if bytes.Equal(before[d.key], after[d.key]) {
			continue
		}
		title := v.T("owner.part." + d.part + ".title")
		if d.of == "" {
			if !told[d.part] {
				lines = append(lines, v.Rich("owner.diff.changed", locales.Args{"Part": title}))
			}
			told[d.part] = true
			continue
		}
		lines = append(lines, listDifferences(v, title, d.of, members(before[d.key]), members(after[d.key]), now, next)...)
	}
	if now.Earn.Rate != next.Earn.Rate || now.Redeem.Limit != next.Redeem.Limit || now.Lots.Days != next.Lots.Days || now.Earn.MinCheck != next.Earn.MinCheck ||
		now.Welcome.Points != next.Welcome.Points {
		return talk.Paragraphs(talk.Lines(lines...), termLines(v, next))
	}
	return talk.Lines(lines...)
}

// listDifferences tells which members of a list are new, gone or changed. When only their order is another, that is what changed.
func listDifferences(v talk.View, title, of string, before, after map[string]json.RawMessage, now, next *rules.Settings) []bots.Rich {
	var added, removed, changed []string
	for _, id := range slices.Sorted(maps.Keys(after)) {
		was, there := before[id]
		switch {
		case !there:
			added = append(added, nameIn(v, next, of, id))
		case !bytes.Equal(was, after[id]):
			changed = append(changed, nameIn(v, next, of, id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, there := after[id]; !there {
			removed = append(removed, nameIn(v, now, of, id))
		}
	}
	if len(added)+len(removed)+len(changed) == 0 {
		return []bots.Rich{v.Rich("owner.diff.changed", locales.Args{"Part": title})}
	}
	var lines []bots.Rich
	for _, one := range []struct {
		key   string
		names []string
	}{{"owner.diff.added", added}, {"owner.diff.removed", removed}, {"owner.diff.edited", changed}} {
		if len(one.names) > 0 {
			lines = append(lines, v.Rich(one.key, locales.Args{"Part": title, "Names": v.P.List(few(v, one.names))}))
		}
	}
	return lines
}

// few keeps the first names and counts the others.
func few(v talk.View, names []string) []string {
	if len(names) <= maxNamed {
		return names
	}
	return append(slices.Clone(names[:maxNamed-1]), v.T("owner.diff.others", locales.Args{"Number": len(names) - maxNamed + 1}))
}

func nameIn(v talk.View, s *rules.Settings, of, id string) string {
	return shopView(v, s).Name(of+id, id)
}

// sections are the parts of settings as they are written in JSON.
func sections(s *rules.Settings) map[string]json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	return all
}

// members are those of a list by their ids; codes are their own ids.
func members(list json.RawMessage) map[string]json.RawMessage {
	var raws []json.RawMessage
	if len(list) == 0 || json.Unmarshal(list, &raws) != nil {
		return nil
	}
	all := make(map[string]json.RawMessage, len(raws))
	for _, raw := range raws {
		var named struct{ ID, Code string }
		if json.Unmarshal(raw, &named) == nil {
			all[named.ID+named.Code] = raw
		}
	}
	return all
}
