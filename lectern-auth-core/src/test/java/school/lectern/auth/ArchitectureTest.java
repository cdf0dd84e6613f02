package school.lectern.auth;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import school.lectern.auth.format.Secret;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.SecretVerifier;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.VerifiedToken;

class ArchitectureTest {

    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("school.lectern.auth");

    private static final Set<String> TIME = Set.of(
            "java.time.Instant.now",
            "java.time.LocalDate.now",
            "java.time.LocalDateTime.now",
            "java.time.ZonedDateTime.now",
            "java.time.OffsetDateTime.now",
            "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone",
            "java.time.Clock.system",
            "java.lang.System.currentTimeMillis",
            "java.util.Date.<init>");

    private static final Set<String> RANDOMNESS = Set.of(
            "java.security.SecureRandom.<init>",
            "java.security.SecureRandom.getInstance",
            "java.security.SecureRandom.getInstanceStrong",
            "java.util.Random.<init>",
            "java.util.SplittableRandom.<init>",
            "java.util.concurrent.ThreadLocalRandom.current",
            "java.util.UUID.randomUUID",
            "java.lang.Math.random");

    private static String target(JavaAccess<?> access) {
        return access.getTargetOwner().getName() + "." + access.getName();
    }

    @Test
    void each_room_knows_only_those_above_it_in_the_table() throws IOException {
        List<List<String>> table = rooms();
        assertThat(table.stream().flatMap(List::stream))
                .containsExactlyInAnyOrderElementsOf(CORE.stream()
                        .map(JavaClass::getPackageName)
                        .filter(room -> !room.equals("school.lectern.auth"))
                        .collect(Collectors.toSet()));

        for (int line = 0; line < table.size(); line++) {
            List<String> notAbove = table.subList(line, table.size()).stream()
                    .flatMap(List::stream)
                    .toList();
            for (String room : table.get(line)) {
                noClasses()
                        .that()
                        .resideInAPackage(room)
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(notAbove.toArray(String[]::new))
                                .and(not(resideInAPackage(room))))
                        .check(CORE);
            }
        }
    }

    /** Returns the rows of the table in ARCHITECTURE.md, from the top. Packages in the same row do not depend on each other. */
    private static List<List<String>> rooms() throws IOException {
        String text = Files.readString(Path.of("../ARCHITECTURE.md"));
        String table = text.substring(text.indexOf("| room |"), text.indexOf("| the root |"));
        return table.lines()
                .map(line -> Pattern.compile("`(\\w+)`")
                        .matcher(line.split("\\|")[1])
                        .results()
                        .map(room -> "school.lectern.auth." + room.group(1))
                        .toList())
                .filter(line -> !line.isEmpty())
                .toList();
    }

    @Test
    void no_room_knows_the_entrance_hall() {
        noClasses()
                .that()
                .resideOutsideOfPackage("school.lectern.auth")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("school.lectern.auth")
                .check(CORE);
    }

    @Test
    void time_and_randomness_are_injected() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(LecternAuthBuilder.class, Clocks.class)
                .should()
                .accessTargetWhere(describe("takes the time from the system", access -> TIME.contains(target(access))))
                .orShould()
                .accessTargetWhere(describe("takes its own randomness", access -> RANDOMNESS.contains(target(access))))
                .check(CORE);
        assertThat(CORE.get(Clocks.class).getAccessesFromSelf())
                .extracting(ArchitectureTest::target)
                .contains("java.time.Clock.systemUTC");
        assertThat(CORE.get(LecternAuthBuilder.class).getAccessesFromSelf())
                .extracting(ArchitectureTest::target)
                .contains(SecureRandom.class.getName() + ".<init>");
    }

    @Test
    void a_token_counts_as_verified_only_by_its_probe() {
        JavaClass verified = CORE.get(VerifiedToken.class);

        assertThat(verified.getConstructors()).allSatisfy(constructor -> {
            assertThat(constructor.getModifiers()).doesNotContain(JavaModifier.PUBLIC, JavaModifier.PROTECTED);
            assertThat(callers(constructor)).containsExactly(SecretVerifier.class.getName());
        });
        assertThat(verified.getModifiers()).contains(JavaModifier.FINAL);
    }

    private static Set<String> callers(JavaConstructor constructor) {
        return constructor.getAccessesToSelf().stream()
                .map(access -> access.getOriginOwner().getName())
                .collect(Collectors.toSet());
    }

    @Test
    void digests_of_bytes_are_compared_in_constant_time() {
        ArchRule noEarlyExit = noClasses()
                .that()
                .resideInAnyPackage("school.lectern.auth.token", "school.lectern.auth.format")
                .should()
                .accessTargetWhere(describe(
                        "compares arrays and stops at the first difference",
                        access -> Set.of(
                                        "java.util.Arrays.equals",
                                        "java.util.Arrays.deepEquals",
                                        "java.util.Arrays.compare",
                                        "java.util.Arrays.mismatch",
                                        "java.nio.ByteBuffer.equals",
                                        "java.util.Objects.deepEquals")
                                .contains(target(access))));
        noEarlyExit.check(CORE);
        classes()
                .that()
                .haveFullyQualifiedName(TokenHash.class.getName() + "$Content")
                .or()
                .haveSimpleName("BcryptHash")
                .or()
                .haveSimpleName("Argon2idHash")
                .should()
                .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
                .check(CORE);
        noClasses()
                .that()
                .belongToAnyOf(TokenHash.class)
                .should()
                .callMethodWhere(describe(
                        "compares anything but the algorithm's name as text",
                        call -> target(call).equals("java.lang.String.equals")
                                && !call.getOrigin().getName().equals("equals")))
                .check(CORE);
    }

    /**
     * Checks the bytecode: all four differences are combined and compared once, so the comparison does not stop at the first.
     */
    @Test
    void a_digest_of_numbers_is_looked_at_as_a_whole() {
        StringWriter printed = new StringWriter();
        PrintWriter out = new PrintWriter(printed);
        String numbers = TokenHash.class.getPackageName() + ".Digest256";
        ToolProvider javap = ToolProvider.findFirst("javap").orElseThrow();
        assertThat(javap.run(out, out, "-c", "-p", "-cp", System.getProperty("java.class.path"), numbers))
                .isZero();
        String code = printed.toString();
        String matches = code.substring(code.indexOf("boolean matches(long"), code.indexOf("Selector key()"));
        assertThat(matches.lines().filter(line -> line.endsWith(" lxor"))).hasSize(4);
        assertThat(matches.lines().filter(line -> line.endsWith(" lor"))).hasSize(3);
        assertThat(matches.lines().filter(line -> line.endsWith(" lcmp"))).hasSize(1);
    }

    @Test
    void what_knows_BouncyCastle_is_loaded_only_where_its_hashes_are_run() {
        noClasses()
                .that()
                .haveSimpleNameNotEndingWith("BcryptHash")
                .and()
                .haveSimpleNameNotEndingWith("Argon2idHash")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bouncycastle..")
                .check(CORE);
    }

    /** Only code that parses, compares, hashes or generates secrets may access their characters. */
    @Test
    void the_secrets_characters_are_seen_where_they_must_be_and_nowhere_else() {
        Set<String> callers = CORE.get(Secret.class).getAccessesToSelf().stream()
                .filter(access -> access.getName().startsWith("expose"))
                .map(access -> access.getOriginOwner().getSimpleName())
                .collect(Collectors.toSet());
        assertThat(callers)
                .containsExactlyInAnyOrder(
                        "Secret",
                        "PresentedToken",
                        "TokenFormat",
                        "Carriers",
                        "SaltedHash",
                        "Worker",
                        "HmacSha256",
                        "BcryptHash",
                        "Argon2idHash");
        assertThat(CORE.get(Secret.class).getMethods())
                .filteredOn(method -> !method.getModifiers().contains(JavaModifier.PRIVATE))
                .filteredOn(method -> Set.of("java.lang.String", "[B", "byte[]", "[C", "java.nio.ByteBuffer")
                                .contains(method.getRawReturnType().getName())
                        || method.getRawParameterTypes().stream()
                                .anyMatch(type -> type.getName().equals("[B")))
                .filteredOn(method -> !method.getName().equals("toString"))
                .filteredOn(method -> !method.getModifiers().contains(JavaModifier.STATIC))
                .allSatisfy(method -> assertThat(method.getName()).startsWith("expose"));
    }

    @Test
    void the_core_knows_no_http_no_sql_and_no_json() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "jakarta..",
                                "javax..",
                                "java.sql..",
                                "java.net..",
                                "com.fasterxml..",
                                "tools.jackson..")
                        // A URI is a value: it connects to nothing.
                        .and(not(type(URI.class)))
                        // The JDK's HMAC API is in this package, in the java.base module.
                        .and(not(resideInAPackage("javax.crypto.."))))
                .check(CORE);
    }

    private static final Set<String> NOT_EXPORTED =
            Set.of("school.lectern.auth.background", "school.lectern.auth.recording", "school.lectern.auth.tenant");

    @Test
    void the_module_exports_every_package_with_a_public_type() throws IOException, URISyntaxException {
        Set<String> exported;
        URI classes = LecternAuth.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI();
        Path descriptor = Path.of(classes).resolve("module-info.class");
        try (InputStream bytes = Files.newInputStream(descriptor)) {
            exported = ModuleDescriptor.read(bytes).exports().stream()
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toSet());
        }
        Set<String> shown = CORE.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getPackageName)
                .filter(room -> !NOT_EXPORTED.contains(room))
                .collect(Collectors.toSet());

        assertThat(exported).containsExactlyInAnyOrderElementsOf(shown);
    }
}
