package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// traits is what is known of one member, and what only the rows need.
type traits struct {
	segment.Member
	id, account string
	live        bool
	tags        string // as the account has them
}

// traitsQuery reads what a member has one of.
const traitsQuery = `SELECT m.id, m.account_id, m.state, m.merged_into, m.language, m.source, m.inviter_id, m.joined_at,
	COALESCE(a.balance, 0), COALESCE(a.visits, 0), COALESCE(a.spent, 0), COALESCE(a.referrals, 0), a.first_at, a.last_at, COALESCE(a.tier, ''), COALESCE(a.tags, ''),
	COALESCE(p.birthday, ''), COALESCE(p.gender, ''), COALESCE(p.city, ''), COALESCE(p.fields, '')
FROM member m LEFT JOIN account a ON a.program_id = $1 AND a.id = m.account_id LEFT JOIN profile p ON p.program_id = $1 AND p.member_id = m.id
WHERE m.program_id = $1 AND m.id = ANY($2)`

// scanTraits reads rows of [traitsQuery].
func (r reads) scanTraits(programID string, zone *time.Location) func(pgx.Row) (*traits, error) {
	return func(row pgx.Row) (*traits, error) {
		t := &traits{}
		var state, merged, inviter, birthday, fields string
		var joined time.Time
		var first, last *time.Time
		m := &t.Member
		err := row.Scan(&t.id, &t.account, &state, &merged, &m.Language, &m.Source, &inviter, &joined,
			&m.Balance, &m.Visits[0], &m.Spent[0], &m.Referrals, &first, &last, &m.Tier, &t.tags, &birthday, &m.Gender, &m.City, &fields)
		if err != nil {
			return nil, err
		}
		t.live = merged == "" && (state == string(engine.MemberActive) || state == string(engine.MemberPaused))
		m.Invited = inviter != ""
		m.Joined, m.First, m.Last = segment.DayAt(joined, zone), segment.DayAt(timeOrZero(first), zone), segment.DayAt(timeOrZero(last), zone)
		if err := decode("tags", t.tags, &m.Tags); err != nil {
			return nil, err
		}
		told := map[string]string{}
		if err := decode("fields", fields, &told); err != nil {
			return nil, err
		}
		m.Fields = make(map[string]string, len(told))
		for name, value := range told {
			m.Fields[segment.Key(name)] = value
		}
		return t, r.openBirthday(&m.Birthday, programID, t.id, birthday, nil)
	}
}

// loadTraits reads what is known of some members as of a local day, with or without habits, which cost most. Members that are not there are left out.
func (r reads) loadTraits(ctx context.Context, p engine.Program, ids []string, today segment.Day, habits bool) ([]*traits, error) {
	zone := p.Settings.Zone
	all, err := many(ctx, r.q, "members", r.scanTraits(p.ID, zone), traitsQuery, p.ID, ids)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *traits) int { return strings.Compare(a.id, b.id) })
	l := traitLoad{reads: r, program: p.ID, goods: p.Settings.Goods, today: today, zone: zone, members: map[string]*traits{}, accounts: map[string]*traits{}}
	for _, t := range all {
		l.members[t.id], l.ids = t, append(l.ids, t.id)
		if t.account != "" {
			l.accounts[t.account], l.accountIDs = t, append(l.accountIDs, t.account)
		}
	}
	parts := []func(context.Context) error{l.channels, l.burning, l.stamps, l.coupons, l.windows, l.ratings}
	if habits {
		parts = append(parts, l.habits)
	}
	for _, load := range parts {
		if err := load(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// traitLoad adds to members what they have several of.
type traitLoad struct {
	reads
	program         string
	goods           []rules.Category
	today           segment.Day
	zone            *time.Location
	members         map[string]*traits
	accounts        map[string]*traits
	ids, accountIDs []string
}

// itemRow is some thing of a member or an account.
type itemRow struct {
	whose, what string
	n, more     int64
	at          *time.Time
	text        string
}

func scanItem(row pgx.Row) (i itemRow, err error) {
	err = row.Scan(&i.whose, &i.what, &i.n, &i.more, &i.at, &i.text)
	return i, err
}

// agreedQuery reads what members said last about marketing on each channel: 1 yes, 0 no.
const agreedQuery = `SELECT last.member_id, last.channel, CASE WHEN last.given THEN 1 ELSE 0 END, 0, NULL, '' FROM (
		SELECT c.member_id, c.channel, c.given, row_number() OVER (PARTITION BY c.member_id, c.channel ORDER BY c.at DESC, c.id DESC) AS age
		FROM consent c WHERE c.program_id = $1 AND c.member_id = ANY($2) AND c.purpose = 'marketing'
	) last WHERE last.age = 1`

// channels reads on which channels members agreed to marketing, and where they can be reached at all.
func (l *traitLoad) channels(ctx context.Context) error {
	rows, err := many(ctx, l.q, "consents", scanItem, agreedQuery, l.program, l.ids)
	if err != nil {
		return err
	}
	consent, reach := map[string]int64{}, map[string]int64{}
	for _, row := range rows {
		if row.n == 1 {
			consent[row.whose] |= channelBits[row.what]
		}
	}
	rows, err = many(ctx, l.q, "contacts", scanItem, `SELECT member_id, channel, 0, 0, NULL, '' FROM contact
		WHERE program_id = $1 AND member_id = ANY($2) AND member_id <> '' AND blocked_at IS NULL`, l.program, l.ids)
	if err != nil {
		return err
	}
	for _, row := range rows {
		reach[row.whose] |= channelBits[row.what]
	}
	for id, t := range l.members {
		t.Consent, t.Reach = channelsOf(consent[id]), channelsOf(reach[id])
	}
	return nil
}

// burning adds up what ends within the spans that are kept, today's among them.
func (l *traitLoad) burning(ctx context.Context) error {
	spans := segment.FactOf("burning").Windows
	end := l.today.Start(l.zone, spans[len(spans)-1]+1)
	rows, err := many(ctx, l.q, "lots", scanItem, `SELECT account_id, '', remaining, 0, expires_at, '' FROM lot
		WHERE program_id = $1 AND account_id = ANY($2) AND open AND expires_at < $3 AND expires_at >= $4`, l.program, l.accountIDs, end, l.today.Start(l.zone, 0))
	if err != nil {
		return err
	}
	for _, row := range rows {
		t := l.accounts[row.whose]
		for i, span := range spans {
			if row.at.Before(l.today.Start(l.zone, span+1)) {
				t.Burning[i] += row.n
			}
		}
	}
	return nil
}

func (l *traitLoad) stamps(ctx context.Context) error {
	rows, err := many(ctx, l.q, "stamps", scanItem, `SELECT member_id, card, count, 0, NULL, '' FROM stamp WHERE program_id = $1 AND member_id = ANY($2)`, l.program, l.ids)
	for _, row := range rows {
		setIn(&l.members[row.whose].Stamps, row.what, row.n)
	}
	return err
}

// coupons counts those that a member can use or activate, today or later.
func (l *traitLoad) coupons(ctx context.Context) error {
	rows, err := many(ctx, l.q, "coupons", scanItem, `SELECT member_id, kind, 0, 0, expires_at, '' FROM coupon
		WHERE program_id = $1 AND member_id = ANY($2) AND state IN ('issued', 'activated')`, l.program, l.ids)
	for _, row := range rows {
		if row.at == nil || row.at.After(l.today.Start(l.zone, 0)) {
			t := l.members[row.whose]
			setIn(&t.Coupons, row.what, t.Coupons[row.what]+1)
		}
	}
	return err
}

// windows counts visits and what was spent since some days. As for tiers, most are in the postings, and the rest in the days.
func (l *traitLoad) windows(ctx context.Context) error {
	spans := segment.FactOf("visits").Windows
	since := make([]string, len(spans))
	for i, span := range spans {
		since[i] = string((l.today - segment.Day(span) + 1).Date())
	}
	longest := since[len(since)-1]
	rows, err := many(ctx, l.q, "visits", scanItem, `SELECT account_id, business, count(*), CAST(COALESCE(sum(total - discount), 0) AS bigint), NULL, 'account' FROM posting
			WHERE program_id = $1 AND account_id = ANY($2) AND account_id <> '' AND counted AND business >= $4 GROUP BY account_id, business
		UNION ALL
		SELECT member_id, day, visits, spent, NULL, 'member' FROM activity WHERE program_id = $1 AND member_id = ANY($3) AND day >= $4`,
		l.program, l.accountIDs, l.ids, longest)
	for _, row := range rows {
		t := l.members[row.whose]
		if row.text == "account" {
			t = l.accounts[row.whose]
		}
		for i := 1; i < len(spans); i++ {
			if row.what >= since[i] {
				t.Visits[i] += row.n
				t.Spent[i] += row.more
			}
		}
	}
	return err
}

func (l *traitLoad) ratings(ctx context.Context) error {
	rows, err := many(ctx, l.q, "ratings", scanItem, `SELECT member_id, '', stars, 0, at, '' FROM rating WHERE program_id = $1 AND member_id = ANY($2) AND member_id <> ''
		ORDER BY at, id`, l.program, l.ids)
	for _, row := range rows {
		t := l.members[row.whose]
		t.Ratings++
		t.Rating = row.n
	}
	return err
}

// habits counts what was bought and not returned, and the visits of each place.
func (l *traitLoad) habits(ctx context.Context) error {
	rows, err := many(ctx, l.q, "sales", scanItem, `SELECT account_id, location_id, total, 0, occurred_at, lines FROM posting
			WHERE program_id = $1 AND account_id = ANY($2) AND account_id <> '' AND sold
		UNION ALL
		SELECT account_id, location_id, total, returned_total, occurred_at, lines FROM sale WHERE program_id = $1 AND member_id = ANY($3)`, l.program, l.accountIDs, l.ids)
	if err != nil {
		return err
	}
	var lines []engine.SaleLine
	for _, row := range rows {
		t := l.accounts[row.whose]
		if t == nil || row.more > 0 && row.more >= row.n {
			continue // of an account that was left, or all came back
		}
		day := segment.DayAt(*row.at, l.zone)
		if row.what != "" {
			addHabit(&t.Places, row.what, 1, day)
		}
		if row.text == "" {
			continue
		}
		if lines, err = decodeLines(lines[:0], row.text); err != nil {
			return err
		}
		for i := range lines {
			line := &lines[i]
			left := int64(line.Quantity) - int64(line.ReturnedQty)
			if left <= 0 {
				continue
			}
			times := max(1, left/1000)
			if good := segment.Key(cmp.Or(line.SKU, line.Name)); good != "" {
				addHabit(&t.Goods, good, times, day)
			}
			for _, category := range l.categories(line) {
				addHabit(&t.Categories, category, times, day)
			}
		}
	}
	return nil
}

// categories lists those that a line belongs to: the one it names, and those of the settings that list its article.
func (l *traitLoad) categories(line *engine.SaleLine) (keys []string) {
	if key := segment.Key(line.Category); key != "" {
		keys = append(keys, key)
	}
	if line.SKU == "" {
		return keys
	}
	for i := range l.goods {
		if c := &l.goods[i]; c.ID != line.Category && slices.Contains(c.SKUs, line.SKU) {
			keys = append(keys, segment.Key(c.ID))
		}
	}
	return keys
}

func setIn(m *map[string]int64, key string, n int64) {
	if *m == nil {
		*m = map[string]int64{}
	}
	(*m)[key] = n
}

func addHabit(m *map[string]segment.Habit, key string, n int64, day segment.Day) {
	if *m == nil {
		*m = map[string]segment.Habit{}
	}
	h, ok := (*m)[key]
	if !ok {
		h.Last = segment.NoDay
	}
	(*m)[key] = segment.Habit{Times: h.Times + n, Last: max(h.Last, day)}
}

// fifths reads the bounds of a program's fifths, none before they were first found.
func (r reads) fifths(ctx context.Context, programID string) (f segment.Fifths, err error) {
	text, err := r.Bookmark(ctx, programID, fifthsBookmark)
	if err != nil {
		return f, err
	}
	return f, decode("fifths", text, &f)
}

const fifthsBookmark = "segment:fifths"

// MemberTraits implements [engine.Audience].
func (r reads) MemberTraits(ctx context.Context, p engine.Program, memberID string, day rules.Date) (segment.Member, error) {
	all, err := r.loadTraits(ctx, p, []string{memberID}, segment.DayOf(day), true)
	if err != nil {
		return segment.Member{}, fmt.Errorf("read traits: %w", err)
	}
	if len(all) == 0 {
		return segment.Member{}, notFound("member")
	}
	f, err := r.fifths(ctx, p.ID)
	if err != nil {
		return segment.Member{}, fmt.Errorf("read traits: %w", err)
	}
	m := all[0].Member
	frozen, err := many(ctx, r.q, "segments", scanText, `SELECT segment_id FROM segment_member WHERE program_id = $1 AND member_id = $2`, p.ID, memberID)
	if err != nil {
		return segment.Member{}, fmt.Errorf("read traits: %w", err)
	}
	m.Segments = make(map[string]bool, len(frozen))
	for _, id := range frozen {
		m.Segments[id] = true
	}
	if m.Campaigns, err = r.touchesOf(ctx, p.ID, memberID); err != nil {
		return segment.Member{}, fmt.Errorf("read traits: %w", err)
	}
	m.Recency, m.Frequency, m.Value = f.Place(m.Last, m.Visits[3], m.Spent[3])
	return m, nil
}
