package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kartka/engine"
)

// runTriggers says whom triggers would reach on a day, and has nothing come of it.
func runTriggers(ctx context.Context, c console, args []string) error {
	fs := flags(c, "triggers")
	asOf := fs.String("as-of", "", "instant (RFC 3339) or day (2026-12-31) whose local day is gone through; default today")
	slug := fs.String("program", "", "only the program with this `slug`")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	return withApp(ctx, c, false, func(a *app) error {
		return a.eachProgram(ctx, *slug, func(p engine.Program) error {
			at, err := instant(*asOf, p)
			if err != nil {
				return err
			}
			if _, err := time.Parse(time.DateOnly, *asOf); err == nil {
				at = at.Add(-time.Second) // the day itself, not its end
			}
			previews, err := a.engine.PreviewTriggers(ctx, p.ID, at)
			if err != nil {
				return err
			}
			if len(previews) == 0 {
				fmt.Fprintf(c.out, "%s: no triggers\n", p.Slug)
			}
			for i := range previews {
				for _, line := range previewLines(p, &previews[i]) {
					fmt.Fprintf(c.out, "%s: %s\n", p.Slug, line)
				}
			}
			return nil
		})
	})
}

// previewLines says whom a trigger would reach: first how many, then some of them by their cards.
func previewLines(p engine.Program, t *engine.TriggerPreview) []string {
	head := fmt.Sprintf("%s (%s, %s)", t.Campaign.Name, t.Campaign.Plan.Trigger.On, t.Campaign.State)
	if !t.Known {
		return []string{head + ": comes when it happens, which cannot be told ahead"}
	}
	counts := []string{fmt.Sprintf("%d on %s", t.Matched, t.Day), fmt.Sprintf("%d get it", t.To)}
	for _, n := range []struct {
		n    int
		what string
	}{{t.Held, "held out to compare with"}, {t.Again, "had it already"}} {
		if n.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	for _, why := range slices.Sorted(maps.Keys(t.Left)) {
		counts = append(counts, fmt.Sprintf("%d %s", t.Left[why], why))
	}
	lines := []string{head + ": " + strings.Join(counts, ", ")}
	for _, r := range t.First {
		line := "  card " + r.Card + " "
		if r.Why != "" {
			line += r.Why
		} else {
			line += "at " + r.Due.In(p.Settings.Zone).Format(time.RFC3339)
		}
		lines = append(lines, line)
	}
	if more := t.Matched - len(t.First); more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return lines
}
