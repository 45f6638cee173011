package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/storage/storagetest"
)

// What a benchmark of backtests has behind it. Every twentieth sale is without a card.
const (
	pastSales   = 1_000_000
	pastMembers = 50_000
	pastDays    = 360
)

// BenchmarkBacktest replays a year of a chain of coffee shops. Loading it takes two minutes and 4 GB of disk, so run it alone:
// make bench PKG=./cmd/kartka BENCH=Backtest
func BenchmarkBacktest(b *testing.B) {
	env := environment{"KARTKA_DATABASE": storagetest.SQLite(b)}
	today := chainSettings(b)
	loadPast(b, env, today)
	for _, draft := range []struct {
		name   string
		change func(*rules.Settings)
	}{
		{"plain", func(s *rules.Settings) {
			s.Earn.Rate, s.Rules, s.Stamps, s.Tiers = 700, nil, nil, rules.Tiers{}
		}},
		{"rich", func(s *rules.Settings) {
			s.Earn.Rate, s.Rules[0].Limits.Budget, s.Rules[0].Limits.BudgetEvery = 600, 30_000, rules.PeriodMonth
		}},
	} {
		settings := *today
		settings.Rules = append([]rules.Rule(nil), today.Rules...)
		draft.change(&settings)
		raw, err := json.Marshal(&settings)
		if err != nil {
			b.Fatal(err)
		}
		file := b.TempDir() + "/draft.json"
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(draft.name, func(b *testing.B) {
			for b.Loop() {
				var out, errs bytes.Buffer
				if code := run(b.Context(), console{out: &out, err: &errs, env: env.get}, []string{"backtest", "-program", "shop", "-settings", file, "-days",
					fmt.Sprint(pastDays + 10), "-json"}); code != exitOK {
					b.Fatal(errs.String())
				}
				var report backtestJSON
				if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.Sales != pastSales {
					b.Fatalf("%d sales: %v", report.Sales, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pastSales/1000, "µs/sale")
		})
	}
}

// chainSettings are those of the documentation's coffee shop, with tiers.
func chainSettings(tb testing.TB) *rules.Settings {
	s, err := readSettings("../../docs/examples/coffee-shop.json")
	if err != nil {
		tb.Fatal(err)
	}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, Downgrade: rules.DowngradeNone, List: []rules.Tier{
		{ID: "silver", Name: rules.Named("Silver"), From: 100_000, Rate: 700},
		{ID: "gold", Name: rules.Named("Gold"), From: 400_000, Rate: 1000},
	}}
	return s
}

// loadPast makes the past with statements of SQLite alone, which is some hundred times faster than posting it: sales with lines, what
// each was posted with, and what members have come to. Sales are written in the order of time, as a shop does it.
func loadPast(tb testing.TB, env environment, settings *rules.Settings) {
	cons := console{out: new(bytes.Buffer), err: new(bytes.Buffer), env: env.get}
	if code := run(tb.Context(), cons, []string{"migrate"}); code != exitOK {
		tb.Fatal(cons.err)
	}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := openApp(tb.Context(), cons, cfg, false)
	if err != nil {
		tb.Fatal(err)
	}
	defer a.close()
	p, err := a.engine.CreateProgram(tb.Context(), "shop", settings, engine.ProgramActive)
	if err != nil {
		tb.Fatal(err)
	}
	exec := func(sql string, args ...any) {
		if _, err := a.store.DB().Exec(context.Background(), sql, args...); err != nil {
			tb.Fatalf("%s: %v", sql, err)
		}
	}
	start := time.Now().UTC().AddDate(0, 0, -pastDays-1).Truncate(24 * time.Hour).Unix()
	exec(`PRAGMA synchronous = OFF`)
	exec(`PRAGMA cache_size = -500000`)
	exec(`PRAGMA foreign_keys = OFF`)
	const instant = `'%Y-%m-%dT%H:%M:%S.000000Z', `
	// Four in five joined within two years before, the others in the course of the time. Few buy often: the product of two numbers.
	exec(`INSERT INTO member (program_id, id, account_id, card, token, invite_tag, language, state, source, inviter_id, joined_at, joined_at_location)
		WITH RECURSIVE n(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM n WHERE m + 1 < CAST($2 AS bigint))
		SELECT $1, printf('018f0000-0000-7000-8000-%012x', m), printf('018f0000-0000-7000-9000-%012x', m), '', '', '', 'uk', 'active', '', '',
			strftime(`+instant+`CAST($3 AS bigint) + CASE WHEN m % 5 = 0 THEN m * 7919 % (300 * 86400) ELSE -86400 - m * 7919 % (700 * 86400) END, 'unixepoch'), ''
		FROM n`, p.ID, int64(pastMembers), start)
	exec(`INSERT INTO location SELECT $1, 'centre', 'Centre', 'main', '', 0, '2025-01-01T00:00:00.000000Z'`, p.ID)
	exec(`INSERT INTO sale (program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version, total,
			redeemed, redeem_money, earned, lot_id, occurred_at, recorded_at, returned_total, reversed_earn, reversed_redeem, lapsed_used, did,
			lines, tenders)
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < CAST($2 AS bigint)),
		b(i, at, m, total) AS (SELECT i, CAST($3 AS bigint) + i * $4 / $2 * 86400 + 6 * 3600 + i * $4 % $2 * 43200 / $2,
			(i * 7368787 + 11) % 9973 * 1000 / 9973 * ((i * 3571 + 77) % 9967 * 1000 / 9967) * $5 / 1000000, (1 + i % 4) * 8000 FROM n),
		s(i, at, m, total, time) AS (SELECT i, at, m, total, strftime(`+instant+`at, 'unixepoch') FROM b)
		SELECT $1, printf('%08x-%04x-7000-8000-%012x', at * 1000 / 65536, at * 1000 % 65536, i),
			CASE WHEN i % 20 = 0 THEN '' ELSE printf('018f0000-0000-7000-8000-%012x', m) END,
			CASE WHEN i % 20 = 0 THEN '' ELSE printf('018f0000-0000-7000-9000-%012x', m) END,
			'centre', 'till-1', '018f0000-0000-7000-a000-000000000001', CAST(i AS text), substr(time, 1, 10), 'till', 'UAH', 1, total,
			CASE WHEN i % 10 = 1 THEN 20 ELSE 0 END, CASE WHEN i % 10 = 1 THEN 2000 ELSE 0 END, CASE WHEN i % 20 = 0 THEN 0 ELSE total / 2000 END,
			CASE WHEN i % 20 = 0 THEN '' ELSE printf('%08x-%04x-7000-b000-%012x', at * 1000 / 65536, at * 1000 % 65536, i) END, time, time, 0, 0, 0, 0,
			CASE WHEN i % 20 = 0 THEN '' ELSE printf('{"lots":["%08x-%04x-7000-b000-%012x"],"stamps":[{"card":"coffee-8","units":1,"free":0,"delta":1,"rounds":0}],"uses":[{"Of":"earn","Period":"%s","All":false,"Times":1,"Points":%d,"Amount":0,"Last":"%s"}]}',
				at * 1000 / 65536, at * 1000 % 65536, i, substr(time, 1, 10), total / 2000, time) END,
			'[{"t":"Капучино","c":"coffee","q":1000,"n":8000,"e":4}' || CASE WHEN total > 8000 THEN ',{"t":"Капучино","q":1000,"n":8000,"e":4}' ELSE '' END ||
				CASE WHEN total > 16000 THEN ',{"s":"eclair","t":"Еклер","q":1000,"n":8000,"e":4}' ELSE '' END ||
				CASE WHEN total > 24000 THEN ',{"t":"Капучино","c":"coffee","q":1000,"n":8000,"e":4}' ELSE '' END || ']',
			'[["card",' || (total - CASE WHEN i % 10 = 1 THEN 2000 ELSE 0 END) || ']]'
		FROM s`, p.ID, int64(pastSales), start, int64(pastDays), int64(pastMembers))
	exec(`INSERT INTO posting (program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id, staff_id, location_id, version, points, earned,
			burned, debt, balance, expires_at, reasons, note, answer, occurred_at, recorded_at)
		SELECT program_id, id, 'welcome', 'welcome:' || id, '6b391483d8e5cfca9e36dd4e0958b7e8', id, account_id, '', '', '', '', 1, 120, 120, 0, 0, 120, NULL, '', '', '',
			joined_at, joined_at FROM member`)
	exec(`INSERT INTO posting (program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id, staff_id, location_id, version, points, earned,
			burned, debt, balance, expires_at, reasons, note, answer, occurred_at, recorded_at)
		SELECT program_id, lot_id, 'sale', 'till:' || id, '6b391483d8e5cfca9e36dd4e0958b7e8', member_id, account_id, id, '', staff_id, location_id, 1, earned - redeemed,
			earned, redeemed, 0, 200, NULL,
			'[{"rule":"redeem","state":"suggested","reason":{"id":"redeem_limit","args":{"base":7500,"limit":2250,"rate":3000}}},{"rule":"earn","state":"applied","points":3,"reason":{"id":"earned","args":{"base":7500,"points":3,"rate":500}}},{"rule":"stamps:coffee-8","state":"applied","reason":{"id":"stamps_added","args":{"count":1,"of":7},"text":"Кожна восьма кава","of":"stamps:coffee-8"}},{"rule":"happy-morning","state":"inapplicable","reason":{"id":"when_weekday","text":"Щасливий ранок","of":"rule:happy-morning"}}]',
			'', printf('{"posting_id":"%s","sale_id":"%s","member_id":"%s","total":%d,"payable":%d,"earned":%d}', lot_id, id, member_id, total, total, earned),
			occurred_at, recorded_at
		FROM sale WHERE member_id <> ''`)
	exec(`INSERT INTO activity SELECT program_id, member_id, business, count(*), sum(total), sum(earned) FROM sale WHERE member_id <> '' GROUP BY 1, 2, 3`)
	exec(`INSERT INTO account (program_id, id, balance, debt, member_id, visits, spent, earned, first_at, last_at)
		SELECT program_id, account_id, 0, 0, member_id, count(*) + 5, sum(total) + 40000, sum(earned) + 20, min(occurred_at), max(occurred_at) FROM sale WHERE member_id <> '' GROUP BY 1, 2, 5`)
	exec(`INSERT INTO stamp SELECT program_id, member_id, 'coffee-8', (visits + 3) % 8, visits / 8 FROM account`)
	exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
}
