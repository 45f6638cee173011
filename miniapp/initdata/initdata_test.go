package initdata_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	tu "github.com/mymmrac/telego/telegoutil"
	"pgregory.net/rapid"

	"kartka/miniapp/initdata"
)

const (
	token   = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0" // made up, of the right shape
	another = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sign writes initData as the platform does: values as encodeURIComponent writes them, the hash last.
func sign(fields map[string]string, token string) string {
	var lines, pairs []string
	for name, value := range fields {
		lines = append(lines, name+"="+value)
		pairs = append(pairs, name+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	slices.Sort(lines)
	slices.Sort(pairs)
	secret := hmac.New(sha256.New, []byte("WebAppData"))
	secret.Write([]byte(token))
	mac := hmac.New(sha256.New, secret.Sum(nil))
	mac.Write([]byte(strings.Join(lines, "\n")))
	return strings.Join(pairs, "&") + "&hash=" + hex.EncodeToString(mac.Sum(nil))
}

func user(t interface{ Fatal(...any) }, name string) string {
	raw, err := json.Marshal(map[string]any{"id": 1001, "first_name": name, "language_code": "uk", "allows_write_to_pm": true})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func fresh(t interface{ Fatal(...any) }) map[string]string {
	return map[string]string{"query_id": "AAHdF6IQAAAAAN0XohDhrOrc", "user": user(t, "Оксана"), "auth_date": fmt.Sprint(now.Unix()), "start_param": "l_abc"}
}

// The example that Telegram's documentation and its libraries share; it is four years old.
func TestPublishedVector(t *testing.T) {
	const published = "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%2C" +
		"%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D&auth_date=1662771648" +
		"&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
	bot := initdata.NewBot("5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8")
	got, err := bot.Check(published, time.Unix(1662771648, 0).Add(59*time.Minute))
	if err != nil || got.User.ID != 279058397 || got.User.FirstName != "Vladislav" || got.User.LanguageCode != "ru" || got.QueryID == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := bot.Check(published, now); !errors.Is(err, initdata.ErrStale) {
		t.Errorf("of 2022: %v", err)
	}
}

func TestCheck(t *testing.T) {
	changed := func(change func(map[string]string)) string {
		fields := fresh(t)
		change(fields)
		return sign(fields, token)
	}
	set := func(name, value string) string { return changed(func(f map[string]string) { f[name] = value }) }
	at := func(d time.Duration) string { return set("auth_date", fmt.Sprint(now.Add(d).Unix())) }
	good := sign(fresh(t), token)
	for _, tt := range []struct {
		name, raw string
		want      error
	}{
		{"as signed", good, nil},
		{"with what a later version adds", set("chat_colour", "#fff"), nil},
		{"an hour old", at(-time.Hour), nil},
		{"a clock a minute ahead", at(time.Minute), nil},
		{"stale", at(-time.Hour - time.Second), initdata.ErrStale},
		{"from the future", at(61 * time.Second), initdata.ErrFuture},
		{"of another bot", sign(fresh(t), another), initdata.ErrForged},
		{"changed", strings.Replace(good, "l_abc", "l_abd", 1), initdata.ErrForged},
		{"without a pair", strings.Replace(good, "&start_param=l_abc", "", 1), initdata.ErrForged},
		{"with another pair", "a=b&" + good, initdata.ErrForged},
		{"a pair twice", "start_param=l_abc&" + good, initdata.ErrMalformed},
		{"the user twice", "user=%7B%22id%22%3A1%7D&" + good, initdata.ErrMalformed},
		{"the hash twice", good + "&" + good[strings.Index(good, "hash="):], initdata.ErrMalformed},
		{"a hash in capitals", good[:len(good)-64] + strings.ToUpper(good[len(good)-64:]), initdata.ErrMalformed},
		{"half a hash", good[:len(good)-32], initdata.ErrMalformed},
		{"no hash", good[:strings.Index(good, "&hash=")], initdata.ErrMalformed},
		{"nothing", "", initdata.ErrMalformed},
		{"encoded twice", url.QueryEscape(good), initdata.ErrMalformed},
		{"an empty pair", good + "&", initdata.ErrMalformed},
		{"a bad escape", "x=%zz&" + good, initdata.ErrMalformed},
		{"no UTF-8", "x=%ff&" + good, initdata.ErrMalformed},
		{"a line break", set("start_param", "a\nb=c"), initdata.ErrMalformed},
		{"too long", set("start_param", strings.Repeat("a", initdata.MaxLen)), initdata.ErrMalformed},
		{"no user", changed(func(f map[string]string) { delete(f, "user") }), initdata.ErrMalformed},
		{"a bot", set("user", `{"id":7,"is_bot":true}`), initdata.ErrMalformed},
		{"a user without a number", set("user", `{"first_name":"x"}`), initdata.ErrMalformed},
		{"no time", changed(func(f map[string]string) { delete(f, "auth_date") }), initdata.ErrMalformed},
		{"a time with a sign", set("auth_date", "+1"), initdata.ErrMalformed},
		{"a huge time", set("auth_date", "99999999999999999999"), initdata.ErrMalformed},
	} {
		got, err := initdata.NewBot(token).Check(tt.raw, now)
		if !errors.Is(err, tt.want) || tt.want != nil && got != (initdata.Data{}) {
			t.Errorf("%s: %+v, %v; want %v", tt.name, got, err, tt.want)
		}
		if tt.want == nil && (got.User.ID != 1001 || got.User.FirstName != "Оксана" || !got.User.AllowsWrite || got.StartParam != "l_abc") {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// Whatever stands in names and values, telego's independent check agrees, and one changed byte is seen by both.
func TestAgreesWithTelego(t *testing.T) {
	bot := initdata.NewBot(token)
	rapid.Check(t, func(t *rapid.T) {
		fields := fresh(t)
		text := rapid.StringOf(rapid.SampledFrom([]rune("aЇ+%&= ;#?/\\\"'<>{}😀_-.0")))
		fields["user"] = user(t, text.Draw(t, "name"))
		fields["start_param"] = text.Draw(t, "start")
		raw := sign(fields, token)
		got, err := bot.Check(raw, now)
		_, theirs := tu.ValidateWebAppData(token, raw)
		if err != nil || theirs != nil {
			t.Fatalf("%q: %v, telego: %v", raw, err, theirs)
		}
		if got.StartParam != fields["start_param"] {
			t.Fatalf("%q was read as %q", raw, got.StartParam)
		}
		at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
		mutant := []byte(raw)
		if mutant[at]++; url.QueryEscape(raw) != url.QueryEscape(string(mutant)) {
			if _, err := bot.Check(string(mutant), now); err == nil && !sameMeaning(raw, string(mutant)) {
				t.Fatalf("changed at %d and still taken: %q", at, mutant)
			}
		}
	})
}

// sameMeaning reports whether two texts decode to the same pairs, such as %2b and %2B.
func sameMeaning(a, b string) bool {
	one, err := url.ParseQuery(a)
	two, err2 := url.ParseQuery(b)
	return err == nil && err2 == nil && one.Encode() == two.Encode()
}

func TestThirdParty(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	fields := fresh(t)
	var lines []string
	for name, value := range fields {
		lines = append(lines, name+"="+value)
	}
	slices.Sort(lines)
	signature := ed25519.Sign(private, []byte("110201543:WebAppData\n"+strings.Join(lines, "\n")))
	fields["signature"] = base64.RawURLEncoding.EncodeToString(signature)
	raw := sign(fields, another) // whose token is nobody's business here
	if got, err := (initdata.Key{BotID: 110201543, Public: public}).Check(raw, now); err != nil || got.User.ID != 1001 {
		t.Errorf("%+v, %v", got, err)
	}
	for name, key := range map[string]initdata.Key{
		"another bot": {BotID: 110201544, Public: public}, "another platform": {BotID: 110201543, Public: initdata.Production}, "the test server": {BotID: 110201543, Public: initdata.TestServer},
	} {
		if _, err := key.Check(raw, now); !errors.Is(err, initdata.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	padded := strings.Replace(raw, "signature="+fields["signature"], "signature="+fields["signature"]+"%3D%3D", 1)
	if _, err := (initdata.Key{BotID: 110201543, Public: public}).Check(padded, now); !errors.Is(err, initdata.ErrMalformed) {
		t.Errorf("padded: %v", err)
	}
	if _, err := (initdata.Key{BotID: 110201543, Public: public}).Check(sign(fresh(t), token), now); !errors.Is(err, initdata.ErrMalformed) {
		t.Errorf("unsigned: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(sign(fresh(f), token))
	f.Add("user=%7B%7D&hash=00")
	f.Add("&&==%%")
	bot := initdata.NewBot(another)
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := bot.Check(raw, now); err == nil {
			t.Errorf("%q is taken", raw)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	raw, bot := sign(fresh(b), token), initdata.NewBot(token)
	for b.Loop() {
		if _, err := bot.Check(raw, now); err != nil {
			b.Fatal(err)
		}
	}
}
