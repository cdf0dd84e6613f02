package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.NewToken;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.cache.CachingTokenStoreBuilder;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.DialectBuilder;
import school.lectern.auth.dialect.RenderedError;
import school.lectern.auth.format.TokenFormatBuilder;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.TokenHasher;

/** The reference has every setting and every kind of error, with the status and the code of each dialect. */
class ReferenceTest {

    private static final Guide SETTINGS = Guide.of("docs/settings.md");
    private static final Guide ERRORS = Guide.of("docs/errors.md");
    private static final Pattern CODE = Pattern.compile("\"code\":\"([^\"]*)\"");

    /** In the order of the columns. Acme has the standard errors, but for one kind. */
    private static final List<Dialect> DIALECTS =
            List.of(Lectern.DIALECT, LearnCoin.DIALECT, Teacharium.DIALECT, LearnHouse.DIALECT, Acme.DIALECT);

    private static final Map<Kind, String> OF_ACME_ALONE = Map.of(Kind.REVOKED, "401 `token_revoked`");

    @Test
    void the_examples_of_the_errors_compile_and_do_what_the_page_says() throws IOException {
        Guide.isCompiled(ERRORS.blocks("java"), DialectExamples.class);
        assertThat(ERRORS.blocks("java")).hasSize(2);
        AuthError missing = AuthError.insufficientScope(ScopeSet.parse("read:widgets"));
        RenderedError hidden = DialectExamples.hiding().render(missing, "r");
        assertThat(hidden).isEqualTo(DialectExamples.hiding().render(AuthError.of(Kind.NOT_FOUND), "r"));
        assertThat(DialectExamples.graph().render(missing, "r").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                LecternAuthBuilder.class,
                CachingTokenStoreBuilder.class,
                JdbcStorage.Builder.class,
                DialectBuilder.class,
                TokenFormatBuilder.class,
                RouteRules.Builder.class,
                TokenHasher.Builder.class,
                AuditBudget.class,
                NewToken.class
            })
    void every_setting_of_a_builder_is_in_the_reference(Class<?> builder) throws IOException {
        String settings = SETTINGS.text();
        assertThat(Stream.of(builder.getMethods())
                        .filter(method -> returns(method, builder) && Modifier.isPublic(method.getModifiers()))
                        .map(Method::getName)
                        .distinct())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(settings).contains('`' + name + '('));
    }

    /** A setting of a token returns a type variable. */
    private static boolean returns(Method method, Class<?> builder) {
        return !method.isBridge()
                && method.getDeclaringClass() != Object.class
                && !Modifier.isStatic(method.getModifiers())
                && method.getReturnType().isAssignableFrom(builder)
                && !method.getReturnType().isInterface();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void every_kind_of_error_has_its_statuses_and_codes(Kind kind) throws IOException {
        String[] cells = ERRORS.text()
                .lines()
                .filter(line -> line.startsWith("| `" + kind.code() + "` |"))
                .findFirst()
                .orElseThrow()
                .split(" *\\| *");
        for (int i = 0; i < DIALECTS.size(); i++) {
            Dialect dialect = DIALECTS.get(i);
            String shown = dialect == Acme.DIALECT ? OF_ACME_ALONE.getOrDefault(kind, cells[i + 3]) : cells[i + 3];
            assertThat(shown).as(dialect.name()).isEqualTo(statusAndCode(dialect, kind));
        }
    }

    private static String statusAndCode(Dialect dialect, Kind kind) {
        RenderedError error = dialect.render(AuthError.of(kind), "req_1");
        Matcher code = CODE.matcher(error.body());
        return error.status() + (code.find() ? " `" + code.group(1) + '`' : "");
    }

    @Test
    void every_category_has_its_kinds() throws IOException {
        List<String> lines = ERRORS.text().lines().toList();
        for (Kind kind : Kind.values()) {
            assertThat(lines)
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("| `" + kind.category() + "` |")
                            .contains("`" + kind.category().representative().code() + '`')
                            .contains('`' + kind.code() + '`'));
        }
        SETTINGS.isReadable();
        ERRORS.isReadable();
    }
}
