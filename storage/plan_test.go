package storage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"kartka/storage"
	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// litePlan is a statement with so many arguments, and what its plan on SQLite must say.
type litePlan struct {
	sql  string
	args int
	want []string
}

// liteGlances adds the statements that find a card.
func liteGlances(all map[string]litePlan) map[string]litePlan {
	for by, index := range map[string]string{
		"member": "m USING INDEX sqlite_autoindex_member_1 (program_id=? AND id=?)", "account": "m USING INDEX sqlite_autoindex_member_2 (program_id=? AND account_id=?)",
		"card": "m USING INDEX member_card (program_id=? AND card=?)", "token": "m USING INDEX member_token (program_id=? AND token=?)",
		"phone": "n USING INDEX profile_phone (program_id=? AND phone_index=?)", "address": "c USING INDEX sqlite_autoindex_contact_2 (program_id=? AND channel=? AND sender=? AND user_id=?)",
	} {
		args := 2
		if by == "address" {
			args = 4
		}
		want := []string{index, "a USING INDEX sqlite_autoindex_account_1 (program_id=? AND id=?)", "h USING INDEX hold_open (program_id=? AND account_id=?)"}
		of := storage.GlanceQueries(by)
		all["one card by "+by] = litePlan{of.One, args, want}
		all["cards by "+by] = litePlan{of.Many, args, want}
		all["one named card by "+by] = litePlan{of.OneNamed, args, append(want, "p USING INDEX sqlite_autoindex_profile_1 (program_id=? AND member_id=?)")}
		all["named cards by "+by] = litePlan{of.ManyNamed, args, append(want, "p USING INDEX sqlite_autoindex_profile_1 (program_id=? AND member_id=?)")}
	}
	return all
}

// TestPlans checks that SQLite, which keeps no statistics, answers the hot questions from the partial indexes made for them: a
// predicate spelled otherwise than in the index would turn each into a walk over the program.
func TestPlans(t *testing.T) {
	s := storagetest.Open(t, storagetest.SQLite(t))
	walked := map[string]bool{"who": true, "found": true, "last": true, "next": true, "oldest": true, "v": true, "CONSTANT ROW": true, "made": true, "corrected": true, "told": true, "ready": true} // results of a part of the statement
	for name, c := range liteGlances(map[string]litePlan{
		"claim":   {storage.ClaimQuery, 7, []string{"outbox_queue (program_id=? AND sender=? AND lane=?)", "outbox_person (program_id=? AND user_id=?"}},
		"waiting": {storage.WaitingQuery, 5, []string{"notice USING INDEX sqlite_autoindex_notice_1 (program_id=? AND lane=?)", "outbox_queue (program_id=? AND sender=? AND lane=?)"}},
		"relayed": {storage.TakeNotices, 4, []string{"sqlite_autoindex_notice_1 (program_id=? AND lane=? AND (at,id)<(?,?))"}},
		"person": {storage.PersonQuery, 5, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)", "consent_member (program_id=? AND member_id=?)",
			"SEARCH a USING INDEX sqlite_autoindex_account_1 (program_id=? AND id=?)", "SEARCH t USING INDEX sqlite_autoindex_stamp_1 (program_id=? AND member_id=?)", "coupon_member (program_id=? AND member_id=?)"}},
		"people": {storage.PeopleQuery, 4, []string{"c USING INDEX sqlite_autoindex_contact_2 (program_id=? AND channel=? AND sender=? AND user_id=?)", "sqlite_autoindex_member_1 (program_id=? AND id=?)",
			"sqlite_autoindex_account_1 (program_id=? AND id=?)", "sqlite_autoindex_profile_1 (program_id=? AND member_id=?)"}},
		"belongings": {storage.BelongingsQuery, 6, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)", "consent_member (program_id=? AND member_id=?)",
			"SEARCH t USING INDEX sqlite_autoindex_stamp_1 (program_id=? AND member_id=?)", "coupon_member (program_id=? AND member_id=?)"}},
		"standing": {storage.StandingQuery, 5, []string{"SEARCH a USING INDEX account_member (program_id=? AND member_id=?)", "SEARCH d USING INDEX sqlite_autoindex_activity_1 (program_id=? AND member_id=? AND day>?)",
			"SEARCH t USING INDEX sqlite_autoindex_stamp_1 (program_id=? AND member_id=?)", "coupon_member (program_id=? AND member_id=? AND state=?)", "sqlite_autoindex_counter_1 (program_id=? AND member_id=? AND of_what=? AND period=?)"}},
		"away":     {storage.AwayQuery, 5, []string{"SEARCH a USING INDEX account_member (program_id=? AND member_id>?)"}},
		"tier due": {storage.TierDueQuery, 4, []string{"SEARCH a USING INDEX account_member (program_id=? AND member_id>?)"}},
		"account":  {storage.OpenOfOne, 2, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)"}},
		"whole":    {storage.AccountOfOne, 2, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)", "account USING INDEX sqlite_autoindex_account_1 (program_id=? AND id=?)"}},
		"wholes":   {storage.AccountOfMany, 2, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)", "account USING INDEX sqlite_autoindex_account_1 (program_id=? AND id=?)"}},
		"accounts": {storage.OpenOfMany, 2, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)"}},
		"history":  {storage.HistoryQuery, 3, []string{"posting_account (program_id=? AND account_id=?)"}},
		"by card":  {storage.MemberByCard, 2, []string{"member_card (program_id=? AND card=?)"}},
		"by phone": {storage.ByPhoneQuery, 2, []string{"profile_phone (program_id=? AND phone_index=?)"}},
		"nobodys":  {storage.NobodysPurchases, 6, []string{"posting_nobody (program_id=? AND occurred_at>? AND occurred_at<?)", "sale_member (program_id=? AND member_id=?"}},
		"theirs":   {storage.TheirPurchases, 9, []string{"posting_account (program_id=? AND account_id=?)", "sale_member (program_id=? AND member_id=?"}},
		"receipts": {storage.KnownReceipts("(SELECT $1 AS at_location, $2 AS at_till, $3 AS on_day, $4 AS no) AS v"), 5,
			[]string{"posting_receipt (program_id=? AND business=? AND receipt_no=? AND till=? AND location_id=?)", "sale_receipt (program_id=? AND location_id=?"}},
		"opening": {storage.OpeningText, 3, []string{"posting_account (program_id=? AND account_id=? AND recorded_at<?)"}},
		"visit":   {storage.LastVisitText, 4, []string{"posting_account (program_id=? AND account_id=?)", "sale_member (program_id=? AND member_id=? AND occurred_at<?)"}},
		"sale":    {storage.SalePostingsText, 2, []string{"sqlite_autoindex_posting_1 (program_id=? AND id=?)", "posting_sale (program_id=? AND sale_id=?)"}},
		"newer":   {storage.NewerColumns, 2, []string{"SEARCH trait USING INDEX trait_rev (program_id=? AND rev>?)"}},
		"verify":  {storage.VerifiedPostings, 3, []string{"posting_account (program_id=? AND account_id>? AND account_id<?)"}},
	}) {
		t.Run(name, func(t *testing.T) {
			args := make([]any, c.args)
			for i := range args {
				args[i] = "1"
			}
			rows, err := s.DB().Query(t.Context(), "EXPLAIN QUERY PLAN "+c.sql, args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var plan strings.Builder
			for rows.Next() {
				var id, parent, unused int64
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					t.Fatal(err)
				}
				plan.WriteString(detail + "\n")
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(plan.String(), want) {
					t.Errorf("%s is not in the plan:\n%s", want, plan.String())
				}
			}
			for _, line := range strings.Split(plan.String(), "\n") {
				if of, found := strings.CutPrefix(line, "SCAN "); found && !walked[of] && !strings.HasPrefix(of, "json_each") && !strings.HasPrefix(of, "(subquery") {
					t.Errorf("a whole table is read:\n%s", plan.String())
				}
			}
			if name == "stream" && strings.Contains(plan.String(), "TEMP B-TREE") {
				t.Errorf("every page sorts what is left:\n%s", plan.String())
			}
		})
	}
}

// TestPlansPostgres checks that PostgreSQL answers the hot questions about one member from indexes, with a program of three
// thousand members.
func TestPlansPostgres(t *testing.T) {
	ctx := t.Context()
	s := storagetest.Open(t, storagetest.Postgres(t))
	const each = " FROM (SELECT 'm' || n AS id, n FROM generate_series(1, 3000) n) m"
	const at = "timestamptz '2026-03-14 09:26:53Z'"
	for _, sql := range []string{
		"INSERT INTO program (id, slug, version, card_key, state, created_at) VALUES ('p', 'p', 1, '', 'active', " + at + ")",
		"INSERT INTO member (program_id, id, account_id, card, token, invite_tag, language, state, source, inviter_id, joined_at, joined_at_location) SELECT 'p', id, id, '', '', '', '', 'active', '', '', " + at + ", ''" + each,
		"INSERT INTO account (program_id, id, balance, debt, member_id) SELECT 'p', id, 0, 0, id" + each,
		"INSERT INTO profile (program_id, member_id, name, phone, phone_index, proof) SELECT 'p', id, '', '', '', ''" + each,
		"INSERT INTO contact (program_id, id, channel, sender, user_id, member_id, staff_id, name, locale, language, source, session, session_version, slots, created_at, seen_at) " +
			"SELECT 'p', id, 'telegram', 'b', id, id, '', '', '', '', '', '', 0, '', " + at + ", " + at + each,
		"INSERT INTO lot (program_id, id, account_id, kind, points, remaining, active_from, expires_at, earned_at, sale_id) SELECT 'p', id || k, id, 'earn', 1, k % 2, " + at + ", " + at + ", " + at + ", ''" + each + ", generate_series(1, 4) k",
		"INSERT INTO hold (program_id, id, account_id, member_id, points, state, draft, key, hash, asker, created_at, expires_at) SELECT 'p', id, id, id, 1, 'held', '', id, '', '', " + at + ", " + at + each,
		"INSERT INTO activity (program_id, member_id, day, visits, spent, earned) SELECT 'p', id, '2026-03-1' || k, 1, 1, 1" + each + ", generate_series(1, 4) k",
		"INSERT INTO stamp (program_id, member_id, card, count, done) SELECT 'p', id, 'card' || k, 1, 1" + each + ", generate_series(1, 3) k",
		"INSERT INTO counter (program_id, member_id, of_what, period, times, points, amount) SELECT 'p', id, 'rule:' || k, '2026-03', 1, 1, 1" + each + ", generate_series(1, 4) k",
		"INSERT INTO coupon (program_id, id, member_id, kind, state, active_from, source, sale_id, reissued, issued_at, staff_id) SELECT 'p', id || k, id, 'k', 'issued', " + at + ", '', '', false, " + at + ", ''" + each + ", generate_series(1, 3) k",
		"INSERT INTO posting (program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id, staff_id, location_id, version, points, earned, burned, debt, balance, reasons, note, answer, occurred_at, recorded_at, sold, till, business, receipt_no) " +
			"SELECT 'p', id || CASE WHEN k > 1 THEN 's' || k ELSE '' END, 'sale', id || k, '', id, id, id, '', '', '', 1, 0, 0, 0, 0, 0, '', '', '', " + at + ", " + at + ", k = 1, 't', 'd', id || k" + each + ", generate_series(1, 3) k",
		"INSERT INTO sale (program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version, total, redeemed, redeem_money, earned, lot_id, occurred_at, recorded_at, returned_total, reversed_earn, reversed_redeem, lapsed_used) " +
			"SELECT 'p', id || 'old', id, id, '', 't', '', id || 'old', 'd', '', '', 1, 0, 0, 0, 0, '', " + at + ", " + at + ", 0, 0, 0, 0" + each,
	} {
		if _, err := s.DB().Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	type question struct {
		sql  string
		args []any
		want []string
	}
	// About one member, whom keys lead to: the plan does not hang on what is known of the tables.
	byKey := map[string]question{
		"person": {storage.PersonQuery, []any{"p", "telegram", "b", "m7", now}, []string{"lot_open", "hold_open", "account_pkey", "stamp_pkey", "coupon_member"}},
		"people": {storage.PeopleQuery, []any{"p", "telegram", "b", []string{"m7", "m8"}}, []string{"contact_program_id_channel_sender_user_id_key", "member_pkey", "account_pkey", "profile_pkey"}},
		"belongings": {storage.BelongingsQuery, []any{"p", []string{"m7", "m8"}, []string{"m7", "m8"}, []string{"m7"}, []string{"s"}, "telegram"},
			[]string{"lot_open", "hold_open", "stamp_pkey", "coupon_member"}},
		"whole":  {storage.AccountOfOne, []any{"p", "m7"}, []string{"lot_open", "hold_open", "account_pkey"}},
		"wholes": {storage.AccountOfMany, []any{"p", []string{"m7", "m8"}}, []string{"lot_open", "hold_open", "account_pkey"}},
	}
	for by, index := range map[string]string{"member": "member_pkey", "account": "member_program_id_account_id_key", "card": "member_card", "token": "member_token",
		"phone": "profile_phone", "address": "contact_program_id_channel_sender_user_id_key"} {
		of := storage.GlanceQueries(by)
		one, many := []any{"p", "m7"}, []any{"p", []string{"m7", "m8"}}
		if by == "address" {
			one, many = append(one, "telegram", "b"), append(many, "telegram", "b")
		}
		want := []string{index, "account_pkey", "hold_open"}
		byKey["one card by "+by], byKey["cards by "+by] = question{of.One, one, want}, question{of.Many, many, want}
		byKey["one named card by "+by], byKey["named cards by "+by] = question{of.OneNamed, one, append(want, "profile_pkey")}, question{of.ManyNamed, many, append(want, "profile_pkey")}
	}
	explain := func(t *testing.T, q sqldb.Querier, c question) {
		rows, err := q.Query(ctx, "EXPLAIN "+c.sql, c.args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(lines, "\n")
		for _, want := range c.want {
			if !strings.Contains(plan, want) {
				t.Errorf("%s is not in the plan:\n%s", want, plan)
			}
		}
		for _, table := range []string{"lot", "hold", "account", "activity", "stamp", "counter", "coupon", "member", "profile", "contact", "posting"} {
			if strings.Contains(plan, "Seq Scan on "+table+" ") {
				t.Errorf("the whole of %s is read:\n%s", table, plan)
			}
		}
	}
	// As the connections do that answer such questions, which plan for no argument in particular.
	keys, err := sqldb.KeyReader(ctx, s.DB(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	everyKey := func(t *testing.T, without string) {
		for name, c := range byKey {
			c.want = slices.DeleteFunc(slices.Clone(c.want), func(index string) bool { return index == without })
			t.Run(name, func(t *testing.T) { explain(t, keys, c) })
			if name == "person" {
				t.Run(name+" in a transaction", func(t *testing.T) { explain(t, s.DB(), c) })
			}
		}
	}
	t.Run("before anything is known of the tables", func(t *testing.T) {
		everyKey(t, "hold_open") // PostgreSQL takes hold_end for as good: both hold nothing but what is open now
	})
	if _, err := s.DB().Exec(ctx, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	t.Run("analyzed", func(t *testing.T) { everyKey(t, "") })
	for name, c := range map[string]question{
		"standing": {storage.StandingQuery, []any{"p", "m7", "2026-03-12", []string{"rule:1", "rule:2"}, []string{"2026-03", "ever"}},
			[]string{"account_member", "activity_pkey", "stamp_pkey", "coupon_member", "counter_pkey", "member_pkey", "profile_pkey"}},
		"account": {storage.OpenOfOne, []any{"p", "m7"}, []string{"lot_open", "hold_open"}},
		"receipts": {storage.KnownReceipts("unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS v(at_location, at_till, on_day, no)"),
			[]any{[]string{"l", "l"}, []string{"t", "t"}, []string{"d", "d"}, []string{"1", "2"}, "p"}, []string{"posting_receipt", "sale_receipt"}},
		"sale":   {storage.SalePostingsText, []any{"p", "m7"}, []string{"posting_pkey", "posting_sale"}},
		"verify": {storage.VerifiedPostings, []any{"p", "m7", "m8"}, []string{"posting_account"}},
	} {
		t.Run(name, func(t *testing.T) { explain(t, s.DB(), c) })
	}
}

// TestSaleRewritesAccountInPlace checks that nothing a sale changes of an account is in an index: PostgreSQL then writes the row
// anew within its page and leaves the indexes alone.
func TestSaleRewritesAccountInPlace(t *testing.T) {
	s := storagetest.Open(t, storagetest.Postgres(t))
	rows, err := s.DB().Query(t.Context(), "SELECT indexdef FROM pg_indexes WHERE tablename = 'account' ORDER BY indexname")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"CREATE UNIQUE INDEX account_member ON public.account USING btree (program_id, member_id) WHERE (member_id <> ''::text)",
		"CREATE UNIQUE INDEX account_pkey ON public.account USING btree (program_id, id)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the indexes are\n%s", strings.Join(got, "\n"))
	}
}
