// Package docs holds those pages of the documentation that the program itself hands out.
package docs

import _ "embed"

// SettingsSchema is the JSON Schema of a program's settings, for editors that complete and check them.
//
//go:embed settings.schema.json
var SettingsSchema []byte
