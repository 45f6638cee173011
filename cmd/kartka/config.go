package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"kartka/engine"

	"github.com/BurntSushi/toml"
)

// config is everything an instance is told from outside. Each field is a KARTKA_ variable, a key of the TOML file named by
// KARTKA_CONFIG, or its default, in this order. A variable with _FILE appended names a file that holds the value.
type config struct {
	Database      string        `toml:"database" env:"DATABASE" default:"sqlite:kartka.db" about:"sqlite:FILE or postgres://…"`
	Redis         engine.Secret `toml:"redis" env:"REDIS" about:"redis://…; empty = this instance alone, in memory"`
	Listen        string        `toml:"listen" env:"LISTEN" default:"127.0.0.1:8080" about:"address of the HTTP server"`
	PublicURL     string        `toml:"public_url" env:"PUBLIC_URL" about:"https://… under which messengers reach us and open the Mini App; empty = long polling"`
	Key           engine.Secret `toml:"key" env:"KEY" about:"key that seals personal data; empty = a key file"`
	KeyFile       string        `toml:"key_file" env:"KEY_PATH" about:"file of that key; made beside an embedded database when missing"`
	TelegramToken engine.Secret `toml:"telegram_token" env:"TELEGRAM_TOKEN" about:"bot of the first program; further ones by 'kartka program add'"`
	TelegramAPI   string        `toml:"telegram_api" env:"TELEGRAM_API" default:"https://api.telegram.org" about:"Bot API server"`
	TelegramPaid  bool          `toml:"telegram_paid" env:"TELEGRAM_PAID" default:"false" about:"true = broadcasts may go beyond 30 messages a second, for Stars of the bot"`
	OIDCIssuer    string        `toml:"telegram_oidc_issuer" env:"TELEGRAM_OIDC_ISSUER" default:"https://oauth.telegram.org" about:"where browsers sign in with Telegram"`
	OIDCSecrets   engine.Secret `toml:"telegram_oidc_secrets" env:"TELEGRAM_OIDC_SECRETS" about:"BOT_ID:SECRET,… from BotFather's Web Login; empty = no such sign-in"`
	MetricsListen string        `toml:"metrics_listen" env:"METRICS_LISTEN" about:"own address for /metrics"`
	MetricsToken  engine.Secret `toml:"metrics_token" env:"METRICS_TOKEN" about:"bearer token for /metrics on the main address"`
	LogFormat     string        `toml:"log_format" env:"LOG_FORMAT" default:"text" about:"text or json"`
	LogLevel      string        `toml:"log_level" env:"LOG_LEVEL" default:"info" about:"debug, info, warn or error"`
}

const envPrefix = "KARTKA_"

// loadConfig reads and checks the configuration.
func loadConfig(env func(string) string) (config, error) {
	var c config
	var problems []error
	set := func(f field, v string) {
		if err := f.set(v); err != nil {
			problems = append(problems, fmt.Errorf("%s%s %w", envPrefix, f.env, err))
		}
	}
	eachField(&c, func(f field) { set(f, f.preset) })
	if path := env(envPrefix + "CONFIG"); path != "" {
		meta, err := toml.DecodeFile(path, &c)
		if err != nil {
			return c, fmt.Errorf("read KARTKA_CONFIG: %w: %w", err, errConfig)
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return c, fmt.Errorf("%s has an unknown key %q: %w", path, unknown[0], errConfig)
		}
	}
	eachField(&c, func(f field) {
		if v := env(envPrefix + f.env); v != "" {
			set(f, v)
		}
		if path := env(envPrefix + f.env + "_FILE"); path != "" {
			raw, err := os.ReadFile(path)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s%s_FILE: %w", envPrefix, f.env, err))
				return
			}
			set(f, strings.TrimSpace(string(raw)))
		}
	})
	problems = append(problems, c.check()...)
	if err := errors.Join(problems...); err != nil {
		return c, fmt.Errorf("%w: %w", err, errConfig)
	}
	return c, nil
}

// check names every value that cannot work.
func (c *config) check() []error {
	var problems []error
	bad := func(name, format string, args ...any) {
		problems = append(problems, fmt.Errorf(envPrefix+name+" "+format, args...))
	}
	if !strings.HasPrefix(c.Database, "sqlite:") && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		bad("DATABASE", "must begin with sqlite: or postgres://")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || (u.Scheme != "https" && !loopback(u.Hostname())) {
			bad("PUBLIC_URL", "must be an https:// address: messengers deliver to nothing else")
		}
	}
	if u, err := url.Parse(c.TelegramAPI); err != nil || u.Host == "" {
		bad("TELEGRAM_API", "must be a URL")
	}
	if u, err := url.Parse(c.OIDCIssuer); err != nil || u.Host == "" || (u.Scheme != "https" && !loopback(u.Hostname())) {
		bad("TELEGRAM_OIDC_ISSUER", "must be an https:// address")
	}
	if _, err := c.oidcSecrets(); err != nil {
		bad("TELEGRAM_OIDC_SECRETS", "%w", err)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		bad("LOG_FORMAT", "is %q; use text or json", c.LogFormat)
	}
	if err := new(slog.Level).UnmarshalText([]byte(c.LogLevel)); err != nil {
		bad("LOG_LEVEL", "is %q; use debug, info, warn or error", c.LogLevel)
	}
	if c.Key == "" && c.KeyFile == "" && !strings.HasPrefix(c.Database, "sqlite:") {
		bad("KEY_PATH", "must name the key file, or KARTKA_KEY hold the key: on PostgreSQL no key is made by itself")
	}
	return problems
}

// oidcSecrets are the client secrets of signing in with Telegram by the number of the bot. No error holds any of them.
func (c *config) oidcSecrets() (map[string]engine.Secret, error) {
	secrets := map[string]engine.Secret{}
	for i, pair := range strings.Split(c.OIDCSecrets.Reveal(), ",") {
		bot, secret, ok := strings.Cut(strings.TrimSpace(pair), ":")
		if pair == "" && c.OIDCSecrets == "" {
			break
		}
		_, err := strconv.ParseUint(bot, 10, 63)
		if !ok || err != nil || secret == "" || secrets[bot] != "" {
			return nil, fmt.Errorf("must be BOT_ID:SECRET, several of them between commas, each bot once; number %d is not", i+1)
		}
		secrets[bot] = engine.Secret(secret)
	}
	return secrets, nil
}

func loopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// keyPath is where the sealing key of this configuration is kept.
func (c *config) keyPath() string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	file, ok := strings.CutPrefix(c.Database, "sqlite:")
	if !ok {
		return ""
	}
	file, _, _ = strings.Cut(file, "?")
	return filepath.Join(filepath.Dir(file), "kartka.key")
}

// logger makes the process's logger.
func (c *config) logger(cons console) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked when read
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(cons.err, options))
	}
	return slog.New(slog.NewTextHandler(cons.err, options))
}

// field is one configuration value by its tags.
type field struct {
	env, preset, about string
	value              reflect.Value
}

func (f field) set(v string) error {
	if f.value.Kind() != reflect.Bool {
		f.value.SetString(v)
		return nil
	}
	switch v {
	case "true", "false":
		f.value.SetBool(v == "true")
		return nil
	}
	return fmt.Errorf("is %q; use true or false", v)
}

// text is the value as it would be set.
func (f field) text() string {
	if f.value.Kind() == reflect.Bool {
		return strconv.FormatBool(f.value.Bool())
	}
	return f.value.String()
}

// show is the value as "kartka config" prints it: secrets and passwords in URLs never.
func (f field) show() string {
	v := f.text()
	if f.value.Type() == reflect.TypeFor[engine.Secret]() {
		if v == "" {
			return `""`
		}
		return "[set]"
	}
	return fmt.Sprintf("%q", withoutPassword(v))
}

// withoutPassword takes the passwords out of a URL. Of one that cannot be read it leaves the scheme: who knows where in it a
// password is.
func withoutPassword(v string) string {
	scheme, _, ok := strings.Cut(v, "://")
	if !ok {
		return v
	}
	u, err := url.Parse(v)
	if err != nil {
		return scheme + "://[unreadable]"
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(name, "password") { // libpq's password and sslpassword
			query.Set(name, "xxxxx")
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}

func eachField(c *config, visit func(field)) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		visit(field{env: tag.Get("env"), preset: tag.Get("default"), about: tag.Get("about"), value: v.Field(i)})
	}
}

// runConfig prints the configuration in force.
func runConfig(_ context.Context, c console, args []string) error {
	if err := parse(flags(c, "config"), args, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(c.env)
	eachField(&cfg, func(f field) {
		fmt.Fprintf(c.out, "%-22s = %-30s # %s\n", envPrefix+f.env, f.show(), f.about)
	})
	return err
}

// missing reports whether an error says that a file is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
