package house

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"testing"
)

// secretShapes are texts that look like a secret somebody could use.
var secretShapes = []struct {
	what  string
	shape *regexp.Regexp
}{
	{"a Telegram bot token", regexp.MustCompile(`\b[0-9]{8,10}:[A-Za-z0-9_-]{35}\b`)},
	{"a sealing key", regexp.MustCompile(`\bk[0-9]+ [A-Za-z0-9_-]{43}\b`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"a key of a till", regexp.MustCompile(`\bkt_[0-9a-z_-]+_[0-9a-v]{52}\b`)},
	{"a webhook secret", regexp.MustCompile(`\bwhsec_[A-Za-z0-9+/]{24,}`)},
}

// madeUp are texts of that shape that tests made up, by the beginning of their SHA-256.
var madeUp = map[string]string{
	"46e72e192924": "the bot of package telegram's tests",
	"f5d7374e2b07": "the bot of package initdata's tests",
	"46e3face5e65": "another one, which signs nothing of the first",
	"de78732eef3a": "the bot that Telegram's documentation and libraries show the check with",
}

// secrets finds texts that look like secrets. What it says does not show them, because it may be read in public logs.
func secrets(fsys fs.FS) ([]string, error) {
	var found []string
	err := eachLine(fsys, func(name string, n int, line string) {
		for _, s := range secretShapes {
			for _, text := range s.shape.FindAllString(line, -1) {
				if print := fingerprint(text); madeUp[print] == "" {
					found = append(found, fmt.Sprintf("%s:%d: this looks like %s (if it was made up for a test, add %q to madeUp)", name, n, s.what, print))
				}
			}
		}
	})
	return found, err
}

func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

func TestNoSecrets(t *testing.T) {
	hold(t, secrets)
	token := "70000" + "00000:" + "AAabcdefghijklmnopqrstuvwxyz0123456"
	catches(t, secrets, map[string]string{
		"a.md":   "KARTKA_TELEGRAM_TOKEN=" + token + "\n",
		"b.key":  "# key\nk1 " + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
		"c.pem":  "-----BEGIN RSA " + "PRIVATE KEY-----\n",
		"d.toml": "secret = \"whsec_" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n",
		"e.txt":  "12345678:short\n",
	}, "a.md:1: this looks like a Telegram bot token", "b.key:2: this looks like a sealing key", "c.pem:1", "d.toml:1")
}
