// Package jsontext writes JSON by hand, where there is some in each of millions of rows: what [encoding/json] would write, but for
// the escapes that only matter within HTML, in a fraction of the time.
package jsontext

import (
	"strconv"
	"time"
)

// AppendString adds a JSON string. NUL stays as it is, so that the text is refused where every other text with one is, and so does what
// is no UTF-8.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	begin := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(append(b, s[begin:i]...), '\\', c)
		case c < ' ' && c != 0:
			const hex = "0123456789abcdef"
			b = append(append(b, s[begin:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			continue
		}
		begin = i + 1
	}
	return append(append(b, s[begin:]...), '"')
}

// Object is a JSON object that is being written, member by member.
type Object struct{ b []byte }

// Begin opens an object behind some text.
func Begin(b []byte) Object { return Object{append(b, '{')} }

// End closes the object and returns all the text.
func (o *Object) End() []byte { return append(o.b, '}') }

// Key begins a member; what Value is given is its value.
func (o *Object) Key(key string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), key...), '"', ':')
}

// Value writes the value of a member with a function that adds to a text.
func (o *Object) Value(key string, write func([]byte) []byte) {
	o.Key(key)
	o.b = write(o.b)
}

// Raw adds a member whose value is JSON, and none when that is "".
func (o *Object) Raw(key, value string) {
	if value != "" {
		o.Key(key)
		o.b = append(o.b, value...)
	}
}

// String adds a member.
func (o *Object) String(key, value string) {
	o.Key(key)
	o.b = AppendString(o.b, value)
}

// Int adds a member.
func (o *Object) Int(key string, value int64) {
	o.Key(key)
	o.b = strconv.AppendInt(o.b, value, 10)
}

// OmitString is String, but leaves an empty one out.
func (o *Object) OmitString(key, value string) {
	if value != "" {
		o.String(key, value)
	}
}

// OmitInt is Int, but leaves 0 out.
func (o *Object) OmitInt(key string, value int64) {
	if value != 0 {
		o.Int(key, value)
	}
}

// OmitTime adds an instant of a year from 0 to 9999, but leaves the zero one out.
func (o *Object) OmitTime(key string, value time.Time) {
	if !value.IsZero() {
		o.Key(key)
		o.b = append(value.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
	}
}

// OmitStrings adds a list, but leaves an empty one out.
func (o *Object) OmitStrings(key string, values []string) {
	if len(values) == 0 {
		return
	}
	o.Key(key)
	o.b = AppendList(o.b, values, AppendString)
}

// AppendList adds a list of values, each with a function that adds to a text.
func AppendList[T any](b []byte, values []T, write func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, v)
	}
	return append(b, ']')
}
