#!/bin/sh
# Makes the two fonts beside this script from Debian 12's fonts-noto-core (20201225-1):
#   apt-get install fonts-noto-core fonttools
#   ./subset.sh
# What is kept: Latin with the letters of Polish and Spanish, Cyrillic with the letters of Ukrainian
# and Kazakh, punctuation and the currency signs; kerning, but no other layout features.
set -eu
cd "$(dirname "$0")"
from=${1:-/usr/share/fonts/truetype/noto}
keep='U+0020-007E,U+00A0-017F,U+0192,U+0218-021B,U+02B9-02BC,U+02C6-02DD,U+0400-045F,U+0462-0463,U+0490-0493,U+0496-04BB,U+04C0,U+04D0-04F9'
keep="$keep,U+2000-200A,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2032-2033,U+2039-203A,U+2044,U+20A0-20BF,U+2103,U+2116,U+2117,U+2122"
for weight in Regular Bold; do
	# Timestamps are kept from the source, so that the same input gives the same bytes.
	pyftsubset "$from/NotoSans-$weight.ttf" \
		--unicodes="$keep" \
		--layout-features=kern \
		--no-hinting --desubroutinize \
		--drop-tables+=GDEF,MATH,meta \
		--name-IDs=0,1,2,3,4,5,6,13,14 \
		--no-recalc-timestamp \
		--output-file="NotoSans-$weight.subset.ttf"
done
