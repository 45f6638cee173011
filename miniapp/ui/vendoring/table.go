package main

// folder is a place with files of others and nothing else.
type folder struct {
	Path     string // below the root
	Use      string // what they are for, a sentence of VENDOR.md
	Packages []pack
}

// pack is a version of a package and what is taken from it.
type pack struct {
	Name, Version string
	Integrity     string // of its tarball, as the registry gives it
	Project       string // where it is made
	Licence       string // by its SPDX name
	Files         []file
	Licences      []file // names that are not served
}

// file is one of them: its path in the package, "" for a text that the package should have had and that is kept here by hand, and its path here.
type file struct{ From, Name string }

// folders are all there are. To take up a new version, change it here, run make vendor, and copy the integrity it complains of once you have
// looked at what is new.
var folders = []folder{
	{
		Path: "miniapp/ui/assets/vendor",
		Use:  "Pages load these files as they are.",
		Packages: []pack{
			{
				Name: "htmx.org", Version: "2.0.11", Licence: "0BSD", Project: "https://htmx.org",
				Integrity: "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
				Files:     []file{{"dist/htmx.min.js", "htmx.js"}},
				Licences:  []file{{"LICENSE", "LICENSE.htmx"}},
			},
			{
				Name: "lean-qr", Version: "2.7.4", Licence: "MIT", Project: "https://github.com/davidje13/lean-qr",
				Integrity: "sha512-tlMPFfqhAAZN7+j/djRSvl/2+AYT2+7RRuyq8bvcbV8gMiENiscquQ9WTfCSyeEdxsVaEB+tU7e9nFZC63BFnQ==",
				Files:     []file{{"index.mjs", "lean-qr.js"}},
				Licences:  []file{{"LICENSE", "LICENSE.lean-qr"}},
			},
			{
				// The reader alone. It finds its neighbours by the names they have in the package.
				Name: "zxing-wasm", Version: "3.1.4", Licence: "MIT AND Apache-2.0 AND BSD-3-Clause", Project: "https://github.com/Sec-ant/zxing-wasm",
				Integrity: "sha512-1+v8p7sauddySVNG+ye7GD/0TS95BG2ycdkrC+EnBrFBFkHeIghzUt2yVjtx3NucJeNrQnhT8yGAIz60Vx9o0w==",
				Files: []file{
					{"dist/es/reader/index.js", "zxing/reader/index.js"},
					{"dist/es/share.js", "zxing/share.js"},
					{"dist/reader/zxing_reader.wasm", "zxing/reader/zxing_reader.wasm"},
				},
				// What is compiled into the .wasm has licences of its own, which the package only names.
				Licences: []file{{"LICENSE", "LICENSE.zxing-wasm"}, {"", "LICENSE.zxing-cpp"}, {"", "LICENSE.libzueci"}},
			},
		},
	},
	{
		Path: "cmd/kartka/testdata/vendor",
		Use:  "Tests alone use these files; the product has none of them.",
		Packages: []pack{
			{
				Name: "axe-core", Version: "4.14.1", Licence: "MPL-2.0", Project: "https://github.com/dequelabs/axe-core",
				Integrity: "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
				Files:     []file{{"axe.min.js", "axe.min.js"}},
				Licences:  []file{{"LICENSE", "LICENSE.axe-core"}, {"LICENSE-3RD-PARTY.txt", "LICENSE.axe-core-parts"}},
			},
		},
	},
}
