package storage

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// sealedTable is a table with sealed columns, all of which [Store.Rotate] knows.
type sealedTable struct {
	name    string
	key     []string // columns that identify a row; they and the column make the place
	columns []sealedColumn
}

// sealedColumn is a column of sealed text and, where it is found by one, the column and the kind of its blind index. A table
// with such a column has program_id first in its key.
type sealedColumn struct {
	name, index, of string
	by              func(text string) string // the part of the text that it is found by; nil: all of it
}

var sealedTables = []sealedTable{
	{"program", []string{"id"}, []sealedColumn{{name: "card_key"}}},
	{"bot", []string{"channel", "sender"}, []sealedColumn{{name: "token"}, {name: "secret"}}},
	{"staff", []string{"program_id", "id"}, []sealedColumn{{name: "name"}}},
	{"contact", []string{"program_id", "id"}, []sealedColumn{{name: "name"}}},
	{"profile", []string{"program_id", "member_id"}, []sealedColumn{{name: "name"}, {name: "phone", index: "phone_index", of: indexOfPhone},
		{name: "birthday", index: "birthday_index", of: indexOfBirthday, by: birthdayDay}}},
	{"certificate", []string{"program_id", "id"}, []sealedColumn{{name: "code", index: "code_index", of: indexOfCode}}},
	{"resting_number", []string{"program_id", "id"}, []sealedColumn{{name: "phone", index: "phone_index", of: indexOfPhone}}},
}

// rotateBatch is how many rows one transaction seals anew.
const rotateBatch = 200

// Rotate seals under the newest key whatever is sealed under an older one, and returns how many rows it changed. It may run
// while the store is in use, be stopped, and run again. Once it has ended without an error, the older keys can be removed
// from the key file.
func (s *Store) Rotate(ctx context.Context) (rows int, err error) {
	for _, table := range sealedTables {
		n, err := s.rotateTable(ctx, table)
		rows += n
		if err != nil {
			return rows, fmt.Errorf("rotate keys of %s: %w", table.name, err)
		}
		s.logger.LogAttrs(ctx, slog.LevelInfo, "keys rotated", slog.String("table", table.name), slog.Int("rows", n))
	}
	return rows, nil
}

// rotateTable walks over a table in the order of its key.
func (s *Store) rotateTable(ctx context.Context, t sealedTable) (rows int, err error) {
	after := make([]string, len(t.key))
	for {
		var found, changed int
		last := after
		err := s.inTx(ctx, func(tx *writes) error {
			batch, err := many(ctx, tx.q, t.name, scanTexts(len(t.key)+len(t.columns)), t.selectQuery(), t.selectArgs(after, s.seal.current())...)
			if err != nil {
				return err
			}
			found, changed = len(batch), 0
			for _, row := range batch {
				if err := tx.reseal(ctx, t, row); err != nil {
					return err
				}
				changed++
				last = row[:len(t.key)]
			}
			return nil
		})
		rows += changed
		if err != nil || found < rotateBatch {
			return rows, err
		}
		after = last
	}
}

// selectQuery finds rows behind a key with text that is not sealed under the current key.
func (t sealedTable) selectQuery() string {
	var names, old []string
	prefix := "$" + strconv.Itoa(len(t.key)+1)
	for _, c := range t.columns {
		names = append(names, c.name)
		old = append(old, "("+c.name+" <> '' AND "+c.name+" NOT LIKE "+prefix+")")
	}
	key := columnList(t.key)
	return "SELECT " + key + ", " + columnList(names) + " FROM " + t.name +
		" WHERE (" + key + ") > (" + params(1, len(t.key)) + ") AND (" + strings.Join(old, " OR ") + ")" +
		" ORDER BY " + key + " LIMIT " + strconv.Itoa(rotateBatch) + " FOR UPDATE"
}

func (t sealedTable) selectArgs(after []string, current string) []any {
	args := make([]any, 0, len(after)+1)
	for _, k := range after {
		args = append(args, k)
	}
	return append(args, current+"%") // a key's name has no wildcard in it
}

// reseal seals one row anew. Blind indexes belong to the key as well.
func (w *writes) reseal(ctx context.Context, t sealedTable, row []string) error {
	key, values := row[:len(t.key)], row[len(t.key):]
	var set []string
	args := make([]any, 0, len(row)+1)
	for _, k := range key {
		args = append(args, k)
	}
	assign := func(column, value string) {
		args = append(args, value)
		set = append(set, column+" = $"+strconv.Itoa(len(args)))
	}
	for i, column := range t.columns {
		at := place(t.name+"."+column.name, key...)
		plain, err := w.seal.openText(values[i], at)
		if err != nil {
			return err
		}
		assign(column.name, w.seal.sealText(plain, at))
		if column.index != "" {
			if column.by != nil {
				plain = column.by(plain)
			}
			assign(column.index, w.seal.blindIndex(column.of, key[0], plain))
		}
	}
	return update(ctx, w.q, t.name, "UPDATE "+t.name+" SET "+strings.Join(set, ", ")+
		" WHERE ("+columnList(t.key)+") = ("+params(1, len(t.key))+")", args...)
}

// params writes n parameters: params(1, 2) is "$1, $2".
func params(from, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = "$" + strconv.Itoa(from+i)
	}
	return strings.Join(out, ", ")
}

func scanTexts(n int) func(pgx.Row) ([]string, error) {
	return func(row pgx.Row) ([]string, error) {
		texts := make([]string, n)
		into := make([]any, n)
		for i := range texts {
			into[i] = &texts[i]
		}
		return texts, row.Scan(into...)
	}
}
