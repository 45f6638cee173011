package storagetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func testCounters(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m, other := s.member(), s.member()
	use := func(of, period string, all bool, times int, points money.Points, amount money.Amount, last time.Time) rules.Use {
		return rules.Use{Counter: rules.Counter{Of: of, Period: period, All: all}, Times: times, Points: points, Amount: amount, Last: last}
	}
	add := func(m engine.Member, uses ...rules.Use) {
		s.Helper()
		s.tx(func(tx engine.Tx) error { return tx.AddUses(s.ctx, s.program.ID, m.ID, uses) })
	}
	add(m, use("rule:b", "2026-03", false, 1, 50, 0, epoch), use("rule:b", "2026-03", true, 1, 50, 0, epoch), use("earn", "2026-03-14", false, 1, 7, 0, epoch))
	add(m, use("rule:b", "2026-03", false, 1, 5, 300, epoch.Add(time.Hour)), use("rule:b", "2026-03", true, 1, 5, 300, epoch.Add(time.Hour)))
	add(m, use("rule:b", "2026-03", false, -1, -5, -300, time.Time{}), use("earn", "2026-03-14", false, 2, 1, 1, epoch.Add(-time.Hour)))
	add(m, use("redeem", "ever", false, 1, 1, 0, epoch), use("redeem", "ever", false, 1, 2, 3, epoch.Add(time.Minute)), use("redeem", "ever", false, 1, 0, 0, time.Time{})) // three of one
	add(other, use("rule:b", "2026-03", false, 9, 9, 9, epoch), use("rule:b", "2026-03", true, 9, 9, 9, epoch))
	add(m)
	mine, ours := use("rule:b", "2026-03", false, 1, 50, 0, epoch.Add(time.Hour)), use("rule:b", "2026-03", true, 11, 64, 309, epoch.Add(time.Hour))
	earn, redeem := use("earn", "2026-03-14", false, 3, 8, 1, epoch), use("redeem", "ever", false, 3, 3, 3, epoch.Add(time.Minute))

	uses := func(counters ...rules.Counter) []rules.Use {
		return s.standing(m, engine.StandingQuery{Counters: counters}).Uses
	}
	equal(t, "none", uses(), []rules.Use(nil))
	equal(t, "all", uses(redeem.Counter, ours.Counter, mine.Counter, earn.Counter), []rules.Use{earn, redeem, mine, ours})
	equal(t, "mine", uses(mine.Counter), []rules.Use{mine})
	equal(t, "ours", uses(ours.Counter), []rules.Use{ours})
	equal(t, "not there", uses(rules.Counter{Of: "rule:b", Period: "ever"}, rules.Counter{Of: "redeem", Period: "2026-03"}, rules.Counter{Of: "earn", Period: "2026-03-14", All: true}), []rules.Use(nil))
	equal(t, "of the program", must(s.Uses(s.ctx, s.program.ID, []rules.Counter{ours.Counter, {Of: "redeem", Period: "ever", All: true}, {Of: "rule:b", Period: "ever", All: true}}))(t), []rules.Use{ours})
	equal(t, "none of the program", must(s.Uses(s.ctx, s.program.ID, nil))(t), []rules.Use(nil))

	t.Run("lock", func(t *testing.T) {
		s := s.on(t)
		fresh := rules.Counter{Of: "code:SPRING", Period: "ever", All: true}
		s.tx(func(tx engine.Tx) error {
			got, err := tx.LockUses(s.ctx, s.program.ID, []rules.Counter{ours.Counter, fresh, ours.Counter})
			equal(t, "locked", got, []rules.Use{{Counter: fresh}, ours})
			none, nothing := tx.LockUses(s.ctx, s.program.ID, nil)
			equal(t, "nothing locked", none, []rules.Use(nil))
			return errors.Join(err, nothing, tx.AddUses(s.ctx, s.program.ID, "", []rules.Use{{Counter: fresh, Times: 2}}))
		})
		equal(t, "new one", must(s.Uses(s.ctx, s.program.ID, []rules.Counter{fresh}))(t), []rules.Use{{Counter: fresh, Times: 2}})
		if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.AddUses(s.ctx, s.program.ID, "", []rules.Use{mine}) }); err == nil {
			t.Error("a counter of nobody is written")
		}
	})

	t.Run("many", func(t *testing.T) {
		s := s.on(t)
		var all []rules.Use
		for i := range 600 {
			all = append(all, use(fmt.Sprintf("rule:%03d", i), "ever", false, 1, 1, 1, epoch))
		}
		s.tx(func(tx engine.Tx) error { return tx.AddUses(s.ctx, s.program.ID, other.ID, all) })
		equal(t, "the last", s.standing(other, engine.StandingQuery{Counters: []rules.Counter{all[599].Counter}}).Uses, all[599:])
	})

	t.Run("race", func(t *testing.T) {
		s := s.on(t)
		const limit = 5
		scarce := []rules.Counter{{Of: "code:FEW", Period: "ever", All: true}, {Of: "code:ANY", Period: "ever", All: true}}
		errs := together(20, func(int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error {
				uses, err := tx.LockUses(s.ctx, s.program.ID, scarce)
				if err != nil {
					return err
				}
				if uses[1].Times >= limit {
					return &engine.Error{Kind: engine.KindInsufficient}
				}
				return tx.AddUses(s.ctx, s.program.ID, "", []rules.Use{{Counter: scarce[0], Times: 1}, {Counter: scarce[1], Times: 1}})
			})
		})
		if n := winners(t, errs, engine.KindInsufficient); n != limit {
			t.Errorf("%d of %d were given", n, limit)
		}
		equal(t, "counter", must(s.Uses(s.ctx, s.program.ID, scarce[:1]))(t), []rules.Use{{Counter: scarce[0], Times: limit}})
	})
}
