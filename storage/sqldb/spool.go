package sqldb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Spool holds rows on their way into a database: more than fit into memory, handed in in any order, and written when all of them
// are there. They wait in temporary files, encoded as PostgreSQL's COPY takes them. It is safe for concurrent use.
type Spool struct {
	dir    string
	tables map[string]*spoolTable
}

type spoolTable struct {
	name    string
	columns []string

	mu    sync.Mutex
	kinds []kind // of the columns, as far as a value has shown it
	parts map[int]*spoolPart
	rows  int64
}

// spoolPart is rows of a table that are written together: pieces of a file, and those that have not got there yet.
type spoolPart struct {
	file    string
	pieces  []piece
	pending []byte
	rows    int // of pending
}

type piece struct{ size, rows int }

// pieceSize is how many bytes of a part are gathered before they go into the file.
const pieceSize = 32 << 10

// kind is the type of a column, a letter for string, int64, bool and time.Time; 0 is not known yet.
type kind byte

// size is how many bytes a value takes, but of a text.
func (k kind) size() uint32 {
	if k == 'b' {
		return 1
	}
	return 8
}

// NewSpool makes a spool for rows of tables, of which Name and Columns say what they are. Its files are made in a new directory in dir, ""
// for the system's directory of temporary files; only their owner can read them. [Spool.Close] removes what is left of them.
func NewSpool(dir string, tables ...Table) (*Spool, error) {
	dir, err := os.MkdirTemp(dir, "kartka-spool-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make temporary directory: %w", err)
	}
	s := &Spool{dir: dir, tables: make(map[string]*spoolTable, len(tables))}
	for _, t := range tables {
		s.tables[t.Name] = &spoolTable{name: t.Name, columns: t.Columns, kinds: make([]kind, len(t.Columns)), parts: map[int]*spoolPart{}}
	}
	return s, nil
}

// Close removes the files.
func (s *Spool) Close() error {
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove temporary files: %w", err)
	}
	return nil
}

// Add adds a row to a table. Its values are as in [Table]. The parts of a table are written in their order.
func (s *Spool) Add(table string, part int, row []any) error {
	t := s.tables[table]
	if t == nil {
		return fmt.Errorf("spool: there is no table %s", table)
	}
	if len(row) != len(t.columns) {
		return fmt.Errorf("spool %s: %d values for %d columns", table, len(row), len(t.columns))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.parts[part]
	if p == nil {
		p = &spoolPart{file: filepath.Join(s.dir, t.name+"."+strconv.Itoa(part))}
		t.parts[part] = p
	}
	grown, err := t.encode(p.pending, row)
	if err != nil {
		return fmt.Errorf("spool %s: %w", table, err)
	}
	p.pending = grown
	p.rows++
	t.rows++
	if len(p.pending) < pieceSize {
		return nil
	}
	return p.store()
}

// store moves what is pending into the file, which is open only meanwhile: there may be more parts than a process may open files.
func (p *spoolPart) store() error {
	f, err := os.OpenFile(p.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open temporary file: %w", err)
	}
	_, err = f.Write(p.pending)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	p.pieces = append(p.pieces, piece{len(p.pending), p.rows})
	p.pending, p.rows = p.pending[:0], 0
	return nil
}

// Rows is how many rows have been added.
func (s *Spool) Rows() (n int64) {
	for _, t := range s.tables {
		t.mu.Lock()
		n += t.rows
		t.mu.Unlock()
	}
	return n
}

// A row in the format of COPY … BINARY: how many fields there are, and of each its length, -1 for NULL, and its bytes. See "COPY" in
// PostgreSQL's manual; the bytes are what the send functions of text, bigint, boolean and timestamptz give.

// copyEpoch is the instant from which a timestamptz counts microseconds.
var copyEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

const nullField = math.MaxUint32 // -1

// encode adds a row to b.
func (t *spoolTable) encode(b []byte, row []any) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(b, uint16(len(row)))
	for c, value := range row {
		var k kind
		var err error
		if b, k, err = appendField(b, value); err != nil {
			return b, fmt.Errorf("column %s: %w", t.columns[c], err)
		}
		switch {
		case k == 0:
			continue // any column may be NULL
		case t.kinds[c] == 0:
			t.kinds[c] = k
		case t.kinds[c] != k:
			return b, fmt.Errorf("column %s: a %T among values of another type", t.columns[c], value)
		}
	}
	return b, nil
}

// appendField adds a value of a [Table]; NULL is of no kind.
func appendField(b []byte, value any) ([]byte, kind, error) {
	switch v := value.(type) {
	case nil:
		return binary.BigEndian.AppendUint32(b, nullField), 0, nil
	case string:
		return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...), 's', nil
	case int64:
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(v)), 'i', nil
	case bool:
		var bit byte
		if v {
			bit = 1
		}
		return append(binary.BigEndian.AppendUint32(b, 1), bit), 'b', nil
	case time.Time:
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(v.UnixMicro()-copyEpoch)), 't', nil
	}
	return b, 0, fmt.Errorf("a %T is no value of a table", value)
}

var errSpool = errors.New("a temporary file is not as it was written")

// decode takes a row off b.
func (t *spoolTable) decode(b []byte) (row []any, rest []byte, err error) {
	if len(b) < 2 || int(binary.BigEndian.Uint16(b)) != len(t.columns) {
		return nil, nil, errSpool
	}
	b = b[2:]
	row = make([]any, len(t.columns))
	for c := range row {
		if len(b) < 4 {
			return nil, nil, errSpool
		}
		size := binary.BigEndian.Uint32(b)
		if b = b[4:]; size == nullField {
			continue
		}
		if uint64(size) > uint64(len(b)) || t.kinds[c] != 's' && size != t.kinds[c].size() {
			return nil, nil, errSpool
		}
		field := b[:size]
		b = b[size:]
		switch t.kinds[c] {
		case 's':
			row[c] = string(field)
		case 'i':
			row[c] = int64(binary.BigEndian.Uint64(field))
		case 'b':
			row[c] = field[0] != 0
		case 't':
			row[c] = time.UnixMicro(int64(binary.BigEndian.Uint64(field)) + copyEpoch).UTC()
		}
	}
	return row, b, nil
}
