package sqldb

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// scan stores what SQLite gave (int64, float64, string, []byte or nil) where dst points to.
func scan(src, dst any) error {
	// The common destinations first, without reflection.
	switch d := dst.(type) {
	case nil:
		return nil // pgx skips a column whose destination is nil
	case *string:
		if s, ok := src.(string); ok {
			*d = s
			return nil
		}
	case *int64:
		if n, ok := src.(int64); ok {
			*d = n
			return nil
		}
	case *int:
		if n, ok := src.(int64); ok {
			*d = int(n)
			return nil
		}
	case *time.Time:
		if s, ok := src.(string); ok {
			return scanTime(s, d)
		}
	case **time.Time:
		if s, ok := src.(string); ok {
			fresh := new(time.Time)
			if err := scanTime(s, fresh); err != nil {
				return err
			}
			*d = fresh
			return nil
		}
		if src == nil {
			*d = nil
			return nil
		}
	case *any:
		*d = src
		return nil
	case *[]byte:
		return scanBytes(src, d)
	case *json.RawMessage:
		return scanBytes(src, (*[]byte)(d))
	case sql.Scanner:
		return scanScanner(src, d)
	}
	rv := reflect.ValueOf(dst)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("cannot scan into %T: it is not a pointer to something", dst)
	}
	return scanReflect(src, rv.Elem())
}

func scanReflect(src any, dst reflect.Value) error {
	if dst.Kind() == reflect.Pointer {
		if src == nil {
			dst.SetZero()
			return nil
		}
		fresh := reflect.New(dst.Type().Elem())
		if err := scan(src, fresh.Interface()); err != nil {
			return err
		}
		dst.Set(fresh)
		return nil
	}
	kind := dst.Kind()
	if src == nil {
		switch kind {
		case reflect.Map, reflect.Slice, reflect.Interface:
			dst.SetZero()
			return nil
		}
		return fmt.Errorf("cannot scan NULL into *%s", dst.Type())
	}
	switch v := src.(type) {
	case int64:
		return scanInt(v, dst)
	case float64:
		if kind == reflect.Float64 || kind == reflect.Float32 {
			dst.SetFloat(v)
			return nil
		}
	case string:
		switch kind {
		case reflect.String:
			dst.SetString(v)
			return nil
		case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
			if err := json.Unmarshal([]byte(v), dst.Addr().Interface()); err != nil {
				return fmt.Errorf("cannot scan JSON into *%s: %w", dst.Type(), err)
			}
			return nil
		}
	case []byte:
		if kind == reflect.Slice && dst.Type().Elem().Kind() == reflect.Uint8 {
			dst.SetBytes(v)
			return nil
		}
	}
	return fmt.Errorf("cannot scan %T into *%s", src, dst.Type())
}

func scanInt(v int64, dst reflect.Value) error {
	switch dst.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if dst.OverflowInt(v) {
			return fmt.Errorf("%d does not fit into %s", v, dst.Type())
		}
		dst.SetInt(v)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v < 0 || dst.OverflowUint(uint64(v)) {
			return fmt.Errorf("%d does not fit into %s", v, dst.Type())
		}
		dst.SetUint(uint64(v))
	case reflect.Bool:
		if v != 0 && v != 1 {
			return fmt.Errorf("%d is not a boolean", v)
		}
		dst.SetBool(v == 1)
	case reflect.Float64:
		if v > 1<<53 || v < -1<<53 {
			return fmt.Errorf("%d does not fit into %s", v, dst.Type())
		}
		dst.SetFloat(float64(v))
	default:
		return fmt.Errorf("cannot scan a number into *%s", dst.Type())
	}
	return nil
}

func scanBytes(src any, dst *[]byte) error {
	switch v := src.(type) {
	case nil:
		*dst = nil
	case []byte:
		*dst = v
	case string:
		*dst = []byte(v)
	default:
		return fmt.Errorf("cannot scan %T into %T", src, dst)
	}
	return nil
}

// scanScanner serves sql.Null, the pgtype types and a program's own. SQLite cannot tell a time from a text, so a
// scanner that has no use for the text is offered the time it spells.
func scanScanner(src any, dst sql.Scanner) error {
	err := dst.Scan(src)
	if s, ok := src.(string); ok && err != nil {
		if t, perr := time.Parse(liteTime, s); perr == nil {
			return dst.Scan(t)
		}
	}
	return err
}

func scanTime(s string, dst *time.Time) error {
	t, ok := parseTime(s)
	if !ok {
		var err error
		if t, err = time.Parse(liteTime, s); err != nil {
			return fmt.Errorf("cannot scan into *time.Time: %w", err)
		}
	}
	*dst = t
	return nil
}

// parseTime reads what [bindTime] has written, in a fraction of the time that time.Parse takes. That one is asked about everything else.
func parseTime(s string) (t time.Time, ok bool) {
	if len(s) != len(liteTime) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[26] != 'Z' {
		return t, false
	}
	ok = true
	number := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			ok = ok && '0' <= c && c <= '9'
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second, micro := number(11, 13), number(14, 16), number(17, 19), number(20, 26)
	// Of a month's last days time.Parse knows how many there are.
	if !ok || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, micro*1000, time.UTC), true
}
