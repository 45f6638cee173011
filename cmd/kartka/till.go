package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"kartka/engine"
	"kartka/storage/sqldb"
	"kartka/tills"
)

// tillAPI is the interface of tills.
func (s *service) tillAPI() http.Handler {
	return tills.New(tills.Config{Engine: s.app.engine, Catalog: s.app.catalog, Logger: s.app.logger, Down: sqldb.Outage, Handled: s.metrics.till, Wrote: s.wakeSenders,
		RatingLink: s.web.RatingLink})
}

const tillUsage = `usage:
  kartka till add -program SLUG [-location PLACE] -name NAME      a key for a till, shown once; a till may have two, to change from one to the other
  kartka till list [-program SLUG]
  kartka till revoke -program SLUG -id KEY                        end one key; it stops within half a minute
  kartka till revoke -program SLUG [-location PLACE] -name NAME   end every key of a till`

// runTill manages the keys of tills.
func runTill(ctx context.Context, c console, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s\n%w", tillUsage, errConfig)
	}
	fs := flags(c, "till "+args[0])
	slug := fs.String("program", "", "the program with this `slug`")
	place := fs.String("location", "", "`code`, id or name of the place; needed where there are several")
	name := fs.String("name", "", "the till's `name` in its place")
	id := fs.String("id", "", "`id` of one key, as list shows it")
	if err := parse(fs, args[1:], 0); err != nil {
		return err
	}
	which := tillArgs{place: *place, name: *name, id: *id}
	run := map[string]func(context.Context, console, *app, engine.Program, tillArgs) error{"add": addTill, "revoke": revokeTills, "list": nil}
	do, known := run[args[0]]
	if !known || args[0] != "list" && *slug == "" || args[0] == "list" && which != (tillArgs{}) {
		return fmt.Errorf("%s\n%w", tillUsage, errConfig)
	}
	return withApp(ctx, c, false, func(a *app) error {
		if do == nil {
			return listTills(ctx, c, a, *slug)
		}
		p, err := a.store.ProgramBySlug(ctx, *slug)
		if err != nil {
			return programError(*slug, err)
		}
		return do(ctx, c, a, p, which)
	})
}

// tillArgs say which till is meant.
type tillArgs struct{ place, name, id string }

func addTill(ctx context.Context, c console, a *app, p engine.Program, which tillArgs) error {
	if which.name == "" || which.id != "" {
		return fmt.Errorf("%s\n%w", tillUsage, errConfig)
	}
	place, err := a.placeOf(ctx, p, which.place)
	if err != nil {
		return err
	}
	till, key, err := a.engine.AddTill(ctx, p.ID, place.ID, which.name)
	switch {
	case isRefusal(err, "till_name"):
		return fmt.Errorf("-name %q: a till has 1 to 32 characters and no slash: %w", which.name, errConfig)
	case isRefusal(err, "till_has_keys"):
		return fmt.Errorf("the till %s has two keys that work already; revoke one of them first: %w", which.name, errConfig)
	case err != nil:
		return err
	}
	fmt.Fprintf(c.out, "till %s at %s, key %s\nThe key is shown this once; whoever has it posts sales:\n%s\n", till.Name, place.Name, till.ID, key.Reveal())
	return nil
}

// placeOf finds a place by code, id or name; "" is the only one.
func (a *app) placeOf(ctx context.Context, p engine.Program, text string) (engine.Location, error) {
	places, err := a.store.Locations(ctx, p.ID)
	if err != nil {
		return engine.Location{}, fmt.Errorf("list places: %w", err)
	}
	var names []string
	var found []engine.Location
	for _, l := range places {
		if l.Closed {
			continue
		}
		names = append(names, fmt.Sprintf("%s (%s)", l.Code, l.Name))
		if text == "" || l.Code == text || l.ID == text || l.Name == text {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		return engine.Location{}, fmt.Errorf("-location must name one place of %s: %s: %w", p.Slug, orDefault(strings.Join(names, ", "), "there is none yet"), errConfig)
	}
	return found[0], nil
}

func listTills(ctx context.Context, c console, a *app, slug string) error {
	table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "PROGRAM\tPLACE\tTILL\tKEY\tSINCE\tWORKS")
	err := a.eachProgram(ctx, slug, func(p engine.Program) error {
		all, err := a.store.Tills(ctx, p.ID)
		if err != nil {
			return fmt.Errorf("list tills: %w", err)
		}
		places, err := a.store.Locations(ctx, p.ID)
		if err != nil {
			return fmt.Errorf("list places: %w", err)
		}
		for _, t := range all {
			place := t.LocationID
			if i := slices.IndexFunc(places, func(l engine.Location) bool { return l.ID == t.LocationID }); i >= 0 {
				place = places[i].Name
			}
			works := "yes"
			if !t.Live() {
				works = "revoked " + t.RevokedAt.Format(time.DateOnly)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Slug, place, t.Name, t.ID, t.CreatedAt.Format(time.DateOnly), works)
		}
		return nil
	})
	return errors.Join(err, table.Flush())
}

func revokeTills(ctx context.Context, c console, a *app, p engine.Program, which tillArgs) error {
	if (which.id == "") == (which.name == "") {
		return fmt.Errorf("%s\n%w", tillUsage, errConfig)
	}
	all, err := a.store.Tills(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("list tills: %w", err)
	}
	meant := func(t engine.Till) bool { return t.ID == which.id }
	if which.name != "" {
		place, err := a.placeOf(ctx, p, which.place)
		if err != nil {
			return err
		}
		meant = func(t engine.Till) bool { return t.LocationID == place.ID && t.Name == which.name && t.Live() }
	}
	revoked := 0
	for _, t := range all {
		if !meant(t) {
			continue
		}
		if err := a.engine.RevokeTill(ctx, p.ID, t.ID); err != nil {
			return err
		}
		revoked++
		fmt.Fprintf(c.out, "key %s of till %s is revoked\n", t.ID, t.Name)
	}
	if revoked == 0 {
		return fmt.Errorf("no such key; \"kartka till list -program %s\" shows them: %w", p.Slug, errConfig)
	}
	return nil
}
