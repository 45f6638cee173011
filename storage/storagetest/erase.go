package storagetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/sqldb"
)

// dump writes out every table, for searching.
func (s *shop) dump() string {
	s.Helper()
	list := `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name`
	if s.Dialect() == sqldb.SQLite {
		list = `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
	}
	var out strings.Builder
	for _, table := range s.rows(list) {
		fmt.Fprintf(&out, "== %s\n%s\n", table, strings.Join(s.rows(`SELECT * FROM "`+table+`"`), "\n"))
	}
	if !strings.Contains(out.String(), "== posting") {
		s.Fatal("the dump has no table posting")
	}
	return out.String()
}

// rows returns the rows of a query as text.
func (s *shop) rows(sql string) []string {
	s.Helper()
	rows, err := s.DB().Query(s.ctx, sql)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			s.Fatal(err)
		}
		var line []string
		for _, v := range values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			line = append(line, fmt.Sprint(v))
		}
		out = append(out, strings.Join(line, " | "))
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
	return out
}

// absent checks that none of the texts is anywhere in the database, and, where it is a file, in a copy of it.
func (s *shop) absent(texts ...string) {
	s.Helper()
	places := map[string]string{"the tables": s.dump()}
	if s.Dialect() == sqldb.SQLite {
		path := filepath.Join(s.TempDir(), "copy.db")
		if err := s.Backup(s.ctx, path); err != nil {
			s.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			s.Fatal(err)
		}
		places["the file"] = string(file)
	}
	for _, text := range texts {
		for place, content := range places {
			if i := strings.Index(content, text); i >= 0 {
				s.Errorf("%q is in %s: …%q…", text, place, content[max(0, i-80):min(len(content), i+80)])
			}
		}
	}
}

func testErase(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	q := queue{shop: s, a: s.bot()}
	mine, second := q.person("777000111"), q.person("777000222")
	m := s.member()
	stranger := q.person("888000333")
	s.credit(m, 100, time.Time{})
	private := json.RawMessage(`{"text":"Олена Ґудзь, +380671234567"}`)
	talk := func(c engine.Contact, key string) engine.Outbound {
		o := q.message(c, key, 0)
		o.Message = private
		return o
	}
	changed := m
	changed.Phone = "+380671234567"
	s.tx(func(tx engine.Tx) error {
		return errors.Join(
			tx.UpdateMember(s.ctx, changed),
			tx.LinkContact(s.ctx, s.program.ID, mine.ID, m.ID, ""), tx.LinkContact(s.ctx, s.program.ID, second.ID, m.ID, "s1"),
			tx.InsertStaff(s.ctx, engine.Staff{ID: "s1", ProgramID: s.program.ID, Role: engine.RoleCashier, CreatedAt: epoch}),
			tx.SaveSession(s.ctx, s.program.ID, mine.ID, private, 0), tx.SaveSlot(s.ctx, s.program.ID, mine.ID, "home", "777000111/5"),
			tx.SaveSession(s.ctx, s.program.ID, second.ID, private, 0),
			tx.InsertConsent(s.ctx, engine.Consent{ID: "c1", ProgramID: s.program.ID, MemberID: m.ID, Channel: "telegram", Purpose: engine.PurposeService, Given: true, At: epoch}),
		)
	})
	done, dead, last := s.delivery(mine.Address, "wamid-777000111", 1), s.delivery(mine.Address, "wamid-777000111-2", 2), s.delivery(mine.Address, "u3", 3)
	done.Body, dead.Body = private, private
	must(s.Accept(s.ctx, []engine.Inbound{done, dead, last}))(t)
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.SettleInbound(s.ctx, s.program.ID, done.ID, engine.InboundDone, ""),
			tx.SettleInbound(s.ctx, s.program.ID, dead.ID, engine.InboundDead, "panic"))
	})
	q.enqueue(talk(mine, "sent"))
	sent := q.claim(epoch, 1, 10)
	q.settle(sent[0], engine.OutboundSent)
	q.enqueue(talk(mine, "sending"))
	q.claim(epoch, 1, 10)
	q.enqueue(talk(mine, "queued"), talk(stranger, "to another"))

	erase := func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch) }
	s.tx(erase)
	s.tx(func(tx engine.Tx) error { // the turn in which it happened ends as every turn does
		goodbye := q.message(mine, "goodbye", time.Second)
		goodbye.Message = json.RawMessage(`{"text":"Бувайте!"}`)
		return errors.Join(tx.SaveSession(s.ctx, s.program.ID, mine.ID, private, 1), tx.SaveSession(s.ctx, s.program.ID, second.ID, nil, 1),
			tx.Enqueue(s.ctx, goodbye))
	})

	left := engine.Member{ID: m.ID, ProgramID: s.program.ID, AccountID: m.AccountID, State: engine.MemberErased, Source: m.Source, JoinedAt: m.JoinedAt}
	equal(t, "member", must(s.Member(s.ctx, s.program.ID, m.ID))(t), left)
	_, err := s.Contact(s.ctx, s.program.ID, mine.ID)
	s.wants(engine.KindNotFound, err)
	_, err = s.MemberByCard(s.ctx, s.program.ID, m.Card)
	s.wants(engine.KindNotFound, err)
	equal(t, "by phone", must(s.MembersByPhone(s.ctx, s.program.ID, changed.Phone))(t), []engine.Member(nil))
	work := must(s.Contact(s.ctx, s.program.ID, second.ID))(t)
	if work.MemberID != "" || work.Session != nil || work.StaffID != "s1" || work.Address != second.Address {
		t.Errorf("the contact that works here is %+v", work)
	}
	if n := len(must(s.Consents(s.ctx, s.program.ID, m.ID))(t)); n != 1 {
		t.Errorf("%d consents are left", n)
	}
	if n := must(s.CountMembers(s.ctx, s.program.ID))(t); n != 0 {
		t.Errorf("%d members are counted", n)
	}
	account := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t)
	if account.Balance() != 100 {
		t.Errorf("the sums have changed: %d", account.Balance())
	}
	s.clean()

	// What the person wrote last is still answered, and the goodbye is sent; after that nothing is left.
	if pending := must(s.PendingInbound(s.ctx, mine.Address, 10))(t); len(pending) != 1 || pending[0].ID != last.ID {
		t.Errorf("pending are %v", pending)
	}
	s.tx(func(tx engine.Tx) error {
		return tx.SettleInbound(s.ctx, s.program.ID, last.ID, engine.InboundDone, "")
	})
	for range 2 {
		for _, o := range q.claim(epoch.Add(time.Minute), 1, 10) {
			if o.Key != "goodbye" && o.Key != "to another" {
				t.Errorf("%s is sent to someone who left", o.Key)
			}
			q.settle(o, engine.OutboundSent)
		}
	}
	s.absent("777000111", "671234567", "Олена", "Ґудзь", m.Token, `"`+m.Card+`"`)
	s.tx(erase) // again
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, "nobody", epoch) })
	s.tx(func(tx engine.Tx) error { // the numbers are free again
		next := m
		next.ID, next.AccountID = s.id("member"), s.id("account")
		return tx.InsertMember(s.ctx, next)
	})
}

func testSecrets(t *testing.T, url func(testing.TB) string) {
	at := url(t)
	first, second := testKey("k1", 1), testKey("k2", 2)
	old := must(storage.NewSealer(first))(t)
	s := newShop(t, openWith(t, at, old))
	a := s.bot()
	c := s.contact(a)
	m := s.member()
	staff := engine.Staff{ID: "s1", ProgramID: s.program.ID, Role: engine.RoleOwner, Name: "Тарас Шевченко", CreatedAt: epoch}
	born := rules.Birthday{Year: 1987, Month: 11, Day: 23, ChangedAt: epoch}
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertStaff(s.ctx, staff), tx.SetBirthday(s.ctx, s.program.ID, m.ID, born))
	})
	for range 450 { // more than one batch of rotation
		s.member()
	}
	secrets := []string{"1234567890:secret-token", "webhook-secret", s.program.CardKey.Reveal(), c.Name, m.Name, strings.TrimPrefix(m.Phone.Reveal(), "+"), "Тарас", "1987-11-23", "11-23"}

	t.Run("not in plain text", func(t *testing.T) {
		s := s.on(t)
		s.absent(secrets...)
		for _, text := range []string{fmt.Sprint(first), fmt.Sprintf("%#v", first), fmt.Sprint(m.Phone), fmt.Sprintf("%#v", s.program)} {
			for _, secret := range append(secrets, string(first.Secret)) {
				if strings.Contains(text, secret) && secret != c.Name {
					t.Errorf("%q shows %q", text, secret)
				}
			}
		}
	})

	t.Run("moved text does not open", func(t *testing.T) {
		s := s.on(t)
		other := s.member()
		s.exec(`UPDATE profile SET name = (SELECT p.name FROM profile p WHERE p.member_id = $1) WHERE member_id = $2`, m.ID, other.ID)
		_, err := s.Member(s.ctx, s.program.ID, other.ID)
		if err == nil || !strings.Contains(err.Error(), "profile.name") {
			t.Errorf("the error is %v", err)
		}
		s.exec(`UPDATE profile SET name = '' WHERE member_id = $1`, other.ID)
	})

	t.Run("two programs do not share an index", func(t *testing.T) {
		s := s.on(t)
		other := newShop(t, s.Store)
		copied := m
		copied.ProgramID, copied.ID = other.program.ID, m.ID
		other.tx(func(tx engine.Tx) error { return tx.InsertMember(s.ctx, copied) })
		if n := len(s.rows(`SELECT DISTINCT phone_index FROM profile WHERE member_id = '` + m.ID + `'`)); n != 2 {
			t.Errorf("one number in two programs has %d indexes", n)
		}
	})

	t.Run("rotate", func(t *testing.T) {
		s := s.on(t)
		both := &shop{TB: t, Store: openWith(t, at, must(storage.NewSealer(second, first))(t)), ctx: s.ctx, program: s.program, serial: s.serial}
		same := func(s *shop) {
			t.Helper()
			equal(t, "member", must(s.Member(s.ctx, s.program.ID, m.ID))(t), m)
			equal(t, "member by phone", must(s.MembersByPhone(s.ctx, s.program.ID, m.Phone))(t), []engine.Member{m})
			equal(t, "birthday", s.standing(m, engine.StandingQuery{}).Birthday, born)
			equal(t, "born", must(s.MembersBornOn(s.ctx, s.program.ID, []string{"11-23"}, "", 9))(t), []string{m.ID})
			equal(t, "contact", must(s.Contact(s.ctx, s.program.ID, c.ID))(t), c)
			equal(t, "staff", must(s.Staff(s.ctx, s.program.ID, "s1"))(t), staff)
			equal(t, "program", must(s.Program(s.ctx, s.program.ID))(t), s.program)
			if bot := must(s.Bots(s.ctx, s.program.ID))(t)[0]; bot.Token != "1234567890:secret-token" || bot.Secret != "webhook-secret" {
				t.Error("the bot's secrets have changed")
			}
		}
		same(both) // under the old key
		if n := must(both.Rotate(s.ctx))(t); n < 450 {
			t.Errorf("%d rows were sealed anew", n)
		}
		same(both)
		if n := must(both.Rotate(s.ctx))(t); n != 0 {
			t.Errorf("%d rows were sealed twice", n)
		}
		alone := &shop{TB: t, Store: openWith(t, at, must(storage.NewSealer(second))(t)), ctx: s.ctx, program: s.program, serial: s.serial}
		same(alone)
		_, err := s.Member(s.ctx, s.program.ID, m.ID) // the store that knows the old key only
		if err == nil || !strings.Contains(err.Error(), "k2") {
			t.Errorf("the old key still opens: %v", err)
		}
		both.absent(secrets...)
	})

	t.Run("backup", func(t *testing.T) {
		s := s.on(t)
		path := filepath.Join(t.TempDir(), "backup.db")
		err := s.Backup(s.ctx, path)
		if s.Dialect() == sqldb.Postgres {
			if !errors.Is(err, storage.ErrUsePgDump) {
				t.Errorf("the error is %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the copy has mode %v, %v", info.Mode(), err)
		}
		if err := s.Backup(s.ctx, path); err == nil {
			t.Error("a backup overwrote another one")
		}
		copied := openWith(t, "sqlite:"+path, must(storage.NewSealer(second))(t))
		equal(t, "member", must(copied.Member(s.ctx, s.program.ID, m.ID))(t), m)
	})
}

// testTexts checks that whatever can be typed is kept as it is or refused kindly, the same on both databases.
func testTexts(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	for name, text := range map[string]string{
		"ukrainian": "Ґанок їжака №1 — «ой»", "kazakh": "Мұрт әңгіме өнер", "polish": "Zażółć gęślą jaźń", "emoji": "👩🏽‍🍳☕️", "arabic": "مرحبا ١٢٣",
		"quotes": `'";--\`, "parameters": "$1 ?1 :a @b", "percent": "%_%", "combining": "e\u0301", "blank": " \t\n ", "long": strings.Repeat("я", 10_000),
	} {
		l := engine.Location{ID: s.id("l"), ProgramID: s.program.ID, Name: text, CreatedAt: epoch}
		s.tx(func(tx engine.Tx) error { return tx.InsertLocation(s.ctx, l) })
		equal(t, name, must(s.Location(s.ctx, s.program.ID, l.ID))(t), l)
		st := engine.Staff{ID: s.id("s"), ProgramID: s.program.ID, Role: engine.RoleOwner, Name: text, CreatedAt: epoch}
		s.tx(func(tx engine.Tx) error { return tx.InsertStaff(s.ctx, st) })
		equal(t, name+" sealed", must(s.Staff(s.ctx, s.program.ID, st.ID))(t), st)
	}
	for name, text := range map[string]string{"NUL": "a\x00b", "broken UTF-8": "a\xffb", "half a rune": "\xd0"} {
		s.tx(func(tx engine.Tx) error {
			err := tx.InsertLocation(s.ctx, engine.Location{ID: s.id("l"), ProgramID: s.program.ID, Name: text, CreatedAt: epoch})
			s.wants(engine.KindInvalid, err)
			_, err = tx.Locations(s.ctx, s.program.ID) // the transaction still works
			return err
		})
		_, err := s.MemberByCard(s.ctx, s.program.ID, text)
		s.wants(engine.KindInvalid, err)
		_, err = s.Lots(s.ctx, s.program.ID, []string{text})
		s.wants(engine.KindInvalid, err)
		// A name that a messenger hands over is sealed: anything goes.
		c := s.contact(engine.Address{Channel: "telegram", Sender: "bot", UserID: name})
		c.Name = text
		s.tx(func(tx engine.Tx) error { _, err := tx.TouchContact(s.ctx, c); return err })
		equal(t, name, must(s.Contact(s.ctx, s.program.ID, c.ID))(t).Name, text)
	}
	for _, at := range []time.Time{
		epoch.In(time.FixedZone("", 5*3600)), time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2038, 1, 19, 3, 14, 8, 1000, time.UTC),
		time.Date(9998, 12, 31, 23, 59, 59, 999_999_000, time.UTC), epoch.Add(999), // nanoseconds are cut off
	} {
		l := engine.Location{ID: s.id("l"), ProgramID: s.program.ID, CreatedAt: at}
		s.tx(func(tx engine.Tx) error { return tx.InsertLocation(s.ctx, l) })
		l.CreatedAt = at.UTC().Truncate(time.Microsecond)
		equal(t, "time", must(s.Location(s.ctx, s.program.ID, l.ID))(t), l)
	}
	body := bytes.Repeat([]byte{0, 255, 0xd0}, 1000)
	a := s.bot()
	d := s.delivery(a, "bytes", 1)
	d.Body = body
	must(s.Accept(s.ctx, []engine.Inbound{d}))(t)
	equal(t, "body", must(s.PendingInbound(s.ctx, a, 1))(t)[0].Body, body)
}
