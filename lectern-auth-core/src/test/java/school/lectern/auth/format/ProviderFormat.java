package school.lectern.auth.format;

import static school.lectern.auth.format.TokenBody.BASE36;
import static school.lectern.auth.format.TokenBody.BASE62;
import static school.lectern.auth.format.TokenBody.BASE64_URL;
import static school.lectern.auth.format.TokenBody.DIGITS;
import static school.lectern.auth.format.TokenBody.HEX;
import static school.lectern.auth.format.TokenBody.literal;
import static school.lectern.auth.format.TokenBody.of;
import static school.lectern.auth.format.TokenBody.sequence;

import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;

/** The formats of the four bundled dialects, and those of well-known providers as a user of the library would write them. */
enum ProviderFormat {
    LECTERN(Lectern.DIALECT.format()),
    LEARN_COIN(LearnCoin.DIALECT.format()),
    TEACHARIUM(Teacharium.DIALECT.format()),
    LEARN_HOUSE(LearnHouse.DIALECT.format()),

    GITHUB(TokenFormat.builder()
            .prefix("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
            .body(TokenBody.of(BASE62, 30))
            .checksum(TokenChecksum.crc32(BASE62, 6))
            .visibleCharacters(4)
            .build()),

    GITHUB_FINE_GRAINED(TokenFormat.builder()
            .publicKey("github_pat_", TokenBody.of(BASE62, 22), "_")
            .prefix("")
            .body(TokenBody.of(BASE62, 59))
            .build()),

    GITLAB_ROUTABLE(TokenFormat.builder()
            .prefix("glpat-")
            .body(TokenBody.base64Url(20))
            .checksum(TokenChecksum.crc32(BASE36, 7)
                    .over(TokenChecksum.Input.TOKEN_AND_SEPARATOR)
                    .after(".01.0r"))
            .build()),

    STRIPE(TokenFormat.builder()
            .prefix(TokenEnvironment.LIVE, "sk_live_", "rk_live_")
            .prefix(TokenEnvironment.TEST, "sk_test_", "rk_test_")
            .body(TokenBody.of(BASE62, 99), TokenBody.of(BASE62, 24))
            .visibleCharacters(2)
            .build()),

    NPM(TokenFormat.builder()
            .prefix("npm_")
            .body(TokenBody.of(BASE62, 30))
            .checksum(TokenChecksum.crc32(BASE62, 6))
            .build()),

    SLACK(TokenFormat.builder()
            .publicKey("xoxb-", TokenBody.of(DIGITS, 10, 13), "-")
            .prefix("")
            .body(TokenBody.of(BASE62, 24))
            .build()),

    SENDGRID(TokenFormat.builder()
            .publicKey("SG.", TokenBody.base64Url(16), ".")
            .prefix("")
            .body(TokenBody.base64Url(32))
            .build()),

    AIRTABLE(TokenFormat.builder()
            .publicKey("pat", TokenBody.of(BASE62, 14), ".")
            .prefix("")
            .body(TokenBody.of(HEX, 64))
            .build()),

    TELEGRAM(TokenFormat.builder()
            .publicKey("", TokenBody.of(DIGITS, 8, 10), ":")
            .prefix("")
            .body(TokenBody.of(BASE64_URL, 35))
            .build()),

    POSTMAN(TokenFormat.builder()
            .publicKey("PMAK-", TokenBody.of(HEX, 24), "-")
            .prefix("")
            .body(TokenBody.of(HEX, 34))
            .build()),

    GRAFANA(TokenFormat.builder()
            .prefix("glsa_")
            .body(TokenBody.of(BASE62, 32))
            .checksum(TokenChecksum.crc32Hex(ByteOrder.LITTLE_ENDIAN)
                    .over(TokenChecksum.Input.TOKEN)
                    .after("_"))
            .build()),

    DIGITALOCEAN(TokenFormat.builder()
            .prefix("dop_v1_", "doo_v1_", "dor_v1_")
            .body(TokenBody.of(HEX, 64))
            .build()),

    TERRAFORM(TokenFormat.builder()
            .publicKey("", TokenBody.of(BASE62, 14), ".atlasv1.")
            .prefix("")
            .body(TokenBody.of(BASE62, 67))
            .build()),

    SECRET_TOKEN(TokenFormat.builder()
            .prefix("acme_", "acme-admin:")
            .body(TokenBody.of(BASE62, 32))
            .secretTokenUri()
            .visibleCharacters(4)
            .build()),

    GITHUB_FINE_GRAINED_WHOLE(TokenFormat.builder()
            .prefix("github_pat_")
            .body(sequence(of(BASE62, 22), literal("_"), of(BASE62, 59)))
            .visibleCharacters(4)
            .build()),

    GITLAB(TokenFormat.builder()
            .prefix("glpat-", "gldt-")
            .body(of(BASE64_URL, 20))
            .minHiddenBits(120)
            .build()),

    SLACK_BOT(TokenFormat.builder()
            .prefix("xoxb-", "xoxp-")
            .body(sequence(of(DIGITS, 10, 13), literal("-"), of(DIGITS, 10, 13), literal("-"), of(BASE62, 24)))
            .visibleCharacters(4)
            .build()),

    SLACK_APP(TokenFormat.builder()
            .prefix("xapp-1-A")
            .body(sequence(
                    of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 9, 11),
                    literal("-"),
                    of(DIGITS, 10, 13),
                    literal("-"),
                    of(HEX, 64)))
            .build()),

    DISCORD_BOT(TokenFormat.builder()
            .prefix("")
            .body(sequence(
                    of(BASE64_URL, 24, 28), literal("."), of(BASE64_URL, 6), literal("."), of(BASE64_URL, 27, 38)))
            .build()),

    OPENAI(TokenFormat.builder()
            .prefix("sk-proj-", "sk-svcacct-", "sk-")
            .body(
                    sequence(of(BASE64_URL, 74), literal("T3BlbkFJ"), of(BASE64_URL, 74)),
                    sequence(of(BASE64_URL, 58), literal("T3BlbkFJ"), of(BASE64_URL, 58)),
                    sequence(of(BASE62, 20), literal("T3BlbkFJ"), of(BASE62, 20)))
            .visibleCharacters(4)
            .build()),

    ANTHROPIC(TokenFormat.builder()
            .prefix("sk-ant-api03-", "sk-ant-admin01-")
            .body(sequence(of(BASE64_URL, 93), literal("AA")))
            .build()),

    PYPI(TokenFormat.builder()
            .prefix("pypi-")
            .body(sequence(literal("AgEIcHlwaS5vcmc"), of(BASE64_URL, 50, 200)))
            .visibleCharacters(15)
            .build()),

    CLOUDFLARE(
            TokenFormat.builder().prefix("").body(TokenBody.of(BASE64_URL, 40)).build());

    private final TokenFormat format;

    ProviderFormat(TokenFormat format) {
        this.format = format;
    }

    TokenFormat format() {
        return format;
    }

    /** Generates the given number of tokens for each prefix of each environment. */
    List<GeneratedToken> draw(int each, SecureRandom random) {
        List<GeneratedToken> drawn = new ArrayList<>();
        for (TokenEnvironment environment : List.of(TokenEnvironment.LIVE, TokenEnvironment.TEST)) {
            for (String prefix : format.prefixes(environment)) {
                for (int i = 0; i < each; i++) {
                    drawn.add(format.generate(environment, prefix, random));
                }
            }
        }
        return drawn;
    }

    List<String> texts(int each, SecureRandom random) {
        return draw(each, random).stream().map(fresh -> fresh.value().expose()).toList();
    }
}
