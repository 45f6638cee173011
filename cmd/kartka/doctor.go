package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"kartka/engine"
)

// runDoctor looks at everything an instance needs and says what to do about what is wrong.
func runDoctor(ctx context.Context, c console, args []string) error {
	if err := parse(flags(c, "doctor"), args, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(c.env)
	if err != nil {
		return err
	}
	d := &doctor{out: c.out}
	d.say(true, "configuration", "is complete")
	a, err := openApp(ctx, c, cfg, false)
	if err != nil {
		d.say(false, "database", err.Error())
		return d.verdict()
	}
	defer a.close()
	d.database(ctx, a)
	d.redis(ctx, a)
	d.programs(ctx, a)
	if cfg.PublicURL == "" {
		d.say(true, "delivery", "by long polling; set KARTKA_PUBLIC_URL for webhooks")
	} else {
		d.say(true, "delivery", "by webhooks to "+cfg.PublicURL)
	}
	return d.verdict()
}

// doctor prints findings and counts the bad ones.
type doctor struct {
	out io.Writer
	bad int
}

func (d *doctor) say(ok bool, what, finding string) {
	mark := "ok  "
	if !ok {
		mark = "BAD "
		d.bad++
	}
	fmt.Fprintf(d.out, "%s %-14s %s\n", mark, what, finding)
}

func (d *doctor) verdict() error {
	if d.bad > 0 {
		return fmt.Errorf("%d things need attention", d.bad)
	}
	return nil
}

func (d *doctor) database(ctx context.Context, a *app) {
	began := time.Now()
	if err := a.store.Ping(ctx); err != nil {
		d.say(false, "database", err.Error())
		return
	}
	d.say(true, "database", fmt.Sprintf("answers in %s", time.Since(began).Round(10*time.Microsecond)))
	depth, err := a.store.OutboundDepth(ctx)
	if err != nil {
		d.say(false, "outbox", err.Error())
		return
	}
	d.say(true, "outbox", fmt.Sprintf("%d answers and %d bulk messages wait", depth[engine.LaneInteractive], depth[engine.LaneBulk]))
}

func (d *doctor) redis(ctx context.Context, a *app) {
	if a.redis == nil {
		d.say(true, "redis", "not configured: this instance works alone")
		return
	}
	if err := a.redis.Ping(ctx).Err(); err != nil {
		d.say(false, "redis", "no answer; limits and codes are kept in this instance's memory: "+err.Error())
		return
	}
	d.say(true, "redis", "answers")
}

func (d *doctor) programs(ctx context.Context, a *app) {
	count := 0
	err := a.eachProgram(ctx, "", func(p engine.Program) error {
		count++
		return d.program(ctx, a, p)
	})
	if err != nil {
		d.say(false, "programs", err.Error())
	}
	if count == 0 {
		d.say(false, "programs", "none yet; set KARTKA_TELEGRAM_TOKEN and run \"kartka serve\", or use \"kartka program add\"")
	}
}

func (d *doctor) program(ctx context.Context, a *app, p engine.Program) error {
	own, err := a.store.Bots(ctx, p.ID)
	if err != nil {
		return err
	}
	if len(own) == 0 {
		d.say(false, p.Slug, "has no bot")
	}
	for _, b := range own {
		presence, err := a.connect(p, b)
		if err != nil {
			d.say(false, p.Slug, err.Error())
			continue
		}
		me, err := presence.adapter.Me(ctx)
		if err != nil {
			d.say(false, p.Slug, "its bot does not answer: "+err.Error())
			continue
		}
		d.say(true, p.Slug, "@"+me.Username+" answers")
	}
	dead, err := a.store.DeadInbound(ctx, p.ID, 100)
	if err != nil {
		return err
	}
	if len(dead) > 0 {
		d.say(false, p.Slug, fmt.Sprintf("%d deliveries could not be handled; the last: %s", len(dead), dead[0].Reason))
	}
	return nil
}
