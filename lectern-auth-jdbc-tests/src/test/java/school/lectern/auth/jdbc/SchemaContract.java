package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.jdbc.connection.DatabaseProducts;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/**
 * How the tables are created and upgraded, on one database. Upgrades of this version are tested by a later version, whose file
 * is part of the tests.
 */
abstract class SchemaContract {

    private static final String UPGRADE = "upgrade/V3__test_only.sql";

    /** The files of a later version of the library, which contain one more upgrade of the tables. */
    private static final List<String> LATER =
            Stream.concat(Schema.FILES.stream(), Stream.of(UPGRADE)).toList();

    private static final String FOLDER = "classpath:school/lectern/auth/jdbc/";

    private static final int NODES = 8;

    private static final boolean LONG = Boolean.getBoolean("lectern.long");

    private HikariDataSource source;

    abstract HikariDataSource empty() throws SQLException;

    /** Returns the name of the folder with the files. */
    abstract String name();

    /** Returns queries of the database's catalogs that cover every property of a table. */
    abstract List<String> catalogs();

    /** Returns how often to test many concurrent starts: a server may take seconds for each. */
    abstract int rounds();

    /** Starts a node of the later version, without the lock between the nodes of one process. */
    void start() throws SQLException {
        try (Connection connection = source.getConnection()) {
            Schema schema = new Schema(connection, DatabaseProducts.of(connection), "lectern_", LATER);
            schema.create();
            schema.check();
        }
    }

    @BeforeEach
    void open() throws SQLException {
        source = empty();
    }

    @AfterEach
    void close() {
        source.close();
    }

    @Test
    void a_new_installation_and_an_upgraded_one_have_the_same_tables() throws SQLException {
        List<String> expected = newInstallation(LATER);
        create();
        assertThat(tables()).isNotEqualTo(expected);
        H2.execute(source, "UPDATE lectern_change_counter SET change_number = 41, lease_millis = 3000");
        H2.execute(source, "INSERT INTO lectern_tenants (tenant_id, suspended_at) VALUES ('123', 7)");

        upgrade();
        assertThat(tables()).isEqualTo(expected);
        assertThat(counter()).containsExactly(1L, 41L, 3000L, 1000L);
        assertThat(H2.number(source, "SELECT test_millis FROM lectern_change_counter"))
                .isEqualTo(3000);
        assertThat(H2.number(source, "SELECT suspended_at FROM lectern_tenants"))
                .isEqualTo(7);
    }

    /** Rows of version 1, one of which nodes of version 1 go on writing during the upgrade. */
    @Test
    void an_upgrade_from_version_1_keeps_its_tokens() throws SQLException {
        createVersion1();
        HikariDataSource issuing = H2.inMemory();
        try (LecternAuth issuer = open(issuing)) {
            IssuedToken first = issuer.tenant("123").tokens().issue(settings()).orElseThrow();
            copyToVersion1(issuing, first.token());
            IssuedToken successor = issuer.tenant("123")
                    .tokens()
                    .rotate(first.id(), GracePeriod.untilRevoked())
                    .orElseThrow();
            copyToVersion1(issuing, successor.token());
            try (LecternAuth upgraded = open(source)) {
                IssuedToken late =
                        issuer.tenant("123").tokens().issue(settings()).orElseThrow();
                copyToVersion1(issuing, late.token());
                for (IssuedToken token : List.of(first, successor, late)) {
                    assertThat(Node.decide(upgraded, token)).isInstanceOf(Allowed.class);
                    Token read = upgraded.tenant("123").tokens().get(token.id()).orElseThrow();
                    assertThat(read.name()).isEqualTo("t");
                    assertThat(read.isDisabled()).isFalse();
                    assertThat(read.notBefore()).isEmpty();
                    assertThat(read.lineId()).as("its line begins with it").isEqualTo(token.id());
                    assertThat(read.lifetimeStartedAt()).isEqualTo(read.createdAt());
                    assertThat(read.selfRotatedAt()).isEmpty();
                    upgraded.tenant("123").tokens().disable(token.id()).orElseThrow();
                    assertThat(Node.decide(upgraded, token)).isInstanceOf(Denied.class);
                }
            }
        }
        issuing.close();
        assertThat(H2.number(source, "SELECT min_reader FROM lectern_change_counter"))
                .isEqualTo(2);
    }

    private void createVersion1() throws SQLException {
        try (Connection connection = source.getConnection()) {
            new Schema(connection, DatabaseProducts.of(connection), "lectern_", Schema.FILES.subList(0, 1)).create();
        }
    }

    private static LecternAuth open(DataSource dataSource) {
        return LecternAuth.builder(Lectern.DIALECT)
                .storage(JdbcStorage.builder(dataSource)
                        .deadline(Patience.DEADLINE)
                        .build())
                .withoutCache()
                .open();
    }

    private static NewToken settings() {
        return NewToken.named("t").scopes(ScopeSet.parse("read:learners"));
    }

    /** Inserts a row as version 1 does, without the columns of later versions. */
    private void copyToVersion1(DataSource from, Token token) throws SQLException {
        String columns = "token_id, tenant_id, environment, name, prefix, display_prefix, selector, hash_algorithm,"
                + " secret_hash, scopes, created_at, predecessor_id, revision";
        List<List<Object>> rows;
        try (Connection connection = from.getConnection()) {
            rows = Sql.query(
                    connection,
                    "SELECT " + columns + " FROM lectern_tokens WHERE token_id = '" + token.id() + "'",
                    none -> {},
                    row -> {
                        List<Object> values = new ArrayList<>();
                        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                            values.add(row.getObject(i));
                        }
                        return values;
                    });
        }
        try (Connection connection = source.getConnection()) {
            Sql.update(
                    connection,
                    "INSERT INTO lectern_tokens (" + columns + ") VALUES (" + Sql.marks(13) + ")",
                    statement -> {
                        for (int i = 0; i < 13; i++) {
                            statement.setObject(i + 1, rows.get(0).get(i));
                        }
                    });
        }
    }

    private void openExisting() {
        JdbcStorage.builder(source)
                .deadline(Patience.DEADLINE)
                .existingTables()
                .build()
                .open()
                .close();
    }

    @Test
    void the_files_make_the_same_tables_by_hand() throws SQLException {
        List<String> expected = newInstallation(Schema.FILES);
        runAll(statements(Schema.FILES));
        openExisting();
        assertThat(tables()).isEqualTo(expected);
        assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
    }

    @Test
    void flyway_makes_the_same_tables_from_the_files() throws SQLException {
        List<String> expected = newInstallation(Schema.FILES);
        assertThat(migrate(source).migrationsExecuted).isEqualTo(Schema.FILES.size());
        openExisting();
        assertThat(tablesBesideFlyways()).isEqualTo(expected);
    }

    @Test
    void flyway_takes_over_tables_that_the_library_made() throws SQLException {
        List<String> expected = newInstallation(Schema.FILES);
        create();
        assertThat(migrate(source).migrationsExecuted).isEqualTo(Schema.FILES.size());
        openExisting();
        assertThat(tablesBesideFlyways()).isEqualTo(expected);
    }

    @Test
    void flyway_upgrades_tables_that_it_took_over() throws SQLException {
        List<String> expected = newInstallation(LATER);
        create();
        migrate(source);
        assertThat(migrateFrom(source, FOLDER + "ddl/" + name(), FOLDER + "upgrade").migrationsExecuted)
                .isEqualTo(1);
        later().build().open().close();
        assertThat(tablesBesideFlyways()).isEqualTo(expected);
    }

    /** Migrates with the settings of the guide, which shows them for one of the databases. */
    MigrateResult migrate(DataSource dataSource) {
        return migrateFrom(dataSource, FOLDER + "ddl/" + name());
    }

    private static MigrateResult migrateFrom(DataSource dataSource, String... locations) {
        return Flyway.configure()
                .dataSource(dataSource)
                .locations(locations)
                .table("lectern_history")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();
    }

    private List<String> tablesBesideFlyways() throws SQLException {
        return tables().stream()
                .filter(row -> !row.toLowerCase(Locale.ROOT).contains("lectern_history"))
                .toList();
    }

    @Test
    void tables_that_are_missing_or_of_another_version_are_refused_in_a_line_that_says_what_to_do()
            throws SQLException {
        JdbcStorage.Builder thisVersion =
                JdbcStorage.builder(source).existingTables().deadline(Patience.DEADLINE);
        String missing = "there are no tables of lectern-auth with the prefix \"lectern_\"; create them with"
                + " a storage without existingTables(), or with ddl/" + name() + "/V1__lectern_auth.sql, ddl/" + name()
                + "/V2__lectern_auth.sql";
        assertRefused(thisVersion, missing);
        assertRefused(later(), missing + ", " + UPGRADE);

        create();
        assertRefused(
                later(),
                "the tables with the prefix \"lectern_\" are of version 2, and this version of lectern-auth works with"
                        + " version 3; upgrade them with a storage without existingTables(), or with " + UPGRADE);

        upgrade();
        String newer =
                "the tables with the prefix \"lectern_\" are of version 3, and this version of lectern-auth works"
                        + " with version 2; a newer version of lectern-auth has upgraded them: use that version";
        assertRefused(thisVersion, newer);
        assertRefused(thisVersion, newer);
    }

    private static void assertRefused(JdbcStorage.Builder storage, String message) {
        assertThatThrownBy(() -> storage.existingTables().build().open())
                .isInstanceOf(StorageException.class)
                .hasMessage(message);
    }

    @Test
    void a_start_that_broke_off_is_taken_up_again() throws SQLException {
        List<String> expected = newInstallation(LATER);
        List<String> statements = statements(LATER);
        for (int done = 2; done <= statements.size(); done += LONG ? 1 : 4) {
            runAll(statements.subList(0, done));
            upgrade();
            assertThat(tables()).as("after %d statements", done).isEqualTo(expected);
            assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
            dropAll();
        }
    }

    /** A slow node may run the statement after other nodes have already changed rows. */
    @Test
    void a_statement_that_is_run_again_changes_nothing() throws SQLException {
        List<String> expected = newInstallation(LATER);
        upgrade();
        H2.execute(
                source,
                "UPDATE lectern_change_counter SET change_number = 7, lease_millis = 500, propagation_millis = 2000,"
                        + " test_millis = 3000");
        runAll(statements(LATER));
        assertThat(tables()).isEqualTo(expected);
        assertThat(counter()).containsExactly(1L, 7L, 500L, 2000L);
        assertThat(H2.number(source, "SELECT test_millis FROM lectern_change_counter"))
                .isEqualTo(3000);
        assertThat(H2.number(source, "SELECT COUNT(*) FROM lectern_schema_version"))
                .isEqualTo(3);
    }

    @Test
    void a_node_of_this_version_goes_on_after_an_upgrade() throws SQLException {
        List<String> expected = newInstallation(LATER);
        OpenStorage storage =
                JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(storage.tokens())
                .limits(storage.limits())
                .audit(storage.audit(), AuditMode.DURABLE)
                .open();
        upgrade();
        use(auth);
        auth.close();
        storage.close();
        // A node that starts late, or that starts before the upgrade and ends after it, does not revert the upgrade.
        runAll(statements(Schema.FILES));
        assertThat(tables()).isEqualTo(expected);
        assertThat(H2.number(source, "SELECT test_millis FROM lectern_change_counter"))
                .isEqualTo(1000);
    }

    @Test
    void nodes_that_start_at_once_do_not_collide() throws Exception {
        List<String> expected = newInstallation(LATER);
        for (int round = 0; round < rounds() * (LONG ? 20 : 1); round++) {
            startAtOnce();
            assertThat(tables()).isEqualTo(expected);
            assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
            dropAll();

            create();
            startAtOnce();
            assertThat(tables()).isEqualTo(expected);
            assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
            dropAll();
        }
    }

    /** Starts all nodes, and one more node that is killed during the upgrade. */
    private void startAtOnce() throws Exception {
        CyclicBarrier start = new CyclicBarrier(NODES + 1);
        Callable<Boolean> node = () -> {
            start.await();
            start();
            return true;
        };
        List<Callable<Boolean>> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            nodes.add(node);
        }
        nodes.add(() -> {
            start.await();
            return runUntilKilled();
        });
        ExecutorService threads = Executors.newFixedThreadPool(nodes.size());
        try {
            for (Future<Boolean> started : threads.invokeAll(nodes)) {
                started.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    boolean runUntilKilled() {
        try {
            List<String> statements = statements(LATER);
            runAll(statements.subList(0, ThreadLocalRandom.current().nextInt(statements.size())));
            return true;
        } catch (SQLException lostToAnother) {
            return false;
        }
    }

    /** Uses the library as a user without the right to create tables. */
    void works(HikariDataSource asUser) {
        OpenStorage storage = JdbcStorage.builder(asUser)
                .deadline(Patience.DEADLINE)
                .existingTables()
                .build()
                .open();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(storage.tokens())
                .limits(storage.limits())
                .audit(storage.audit(), AuditMode.DURABLE)
                .open();
        use(auth);
        auth.close();
        storage.close();
        JdbcStorage.builder(asUser).deadline(Patience.DEADLINE).build().open().close();
    }

    private static void use(LecternAuth auth) {
        NewToken settings = NewToken.named("t").scopes(ScopeSet.parse("read:learners"));
        assertThat(auth.tenant("123").tokens().issue(settings).orElseThrow()).isNotNull();
        assertThat(auth.tenant("123").suspend()).isInstanceOf(Outcome.Done.class);
    }

    HikariDataSource source() {
        return source;
    }

    void create() {
        SchemaExamples.create(source).open().close();
    }

    void upgrade() {
        later().build().open().close();
    }

    private JdbcStorage.Builder later() {
        return JdbcStorage.builder(source).deadline(Patience.DEADLINE).schemaFiles(LATER);
    }

    private List<String> newInstallation(List<String> files) throws SQLException {
        JdbcStorage.builder(source)
                .deadline(Patience.DEADLINE)
                .schemaFiles(files)
                .build()
                .open()
                .close();
        List<String> tables = tables();
        assertThat(tables).hasSizeGreaterThan(50);
        dropAll();
        return tables;
    }

    private void dropAll() throws SQLException {
        for (String table :
                List.of("tenants", "tokens", "change_counter", "changes", "limits", "audit", "schema_version")) {
            H2.execute(source, "DROP TABLE lectern_" + table);
        }
    }

    private List<Long> counter() throws SQLException {
        try (Connection connection = source.getConnection()) {
            return Sql.query(
                            connection,
                            "SELECT id, change_number, lease_millis, propagation_millis FROM lectern_change_counter",
                            none -> {},
                            row -> List.of(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)))
                    .get(0);
        }
    }

    private List<String> tables() throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = source.getConnection()) {
            for (String query : catalogs()) {
                rows.addAll(Sql.query(connection, query, none -> {}, row -> {
                    List<String> columns = new ArrayList<>();
                    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                        columns.add(row.getString(i));
                    }
                    return columns.toString();
                }));
            }
        }
        // Names that the database generated.
        return rows.stream()
                .map(row -> row.replaceAll("(CONSTRAINT|PRIMARY_KEY|INDEX)_[0-9A-F]+\\b", "$1"))
                .sorted()
                .toList();
    }

    private void runAll(List<String> statements) throws SQLException {
        for (String sql : statements) {
            H2.execute(source, sql);
        }
    }

    /** Returns the statements of the files, split at semicolons as the guide describes. */
    private List<String> statements(List<String> files) {
        return files.stream()
                .map(file -> read(file.replace("${product}", name())))
                .flatMap(script -> Arrays.stream(script.strip().split(";")))
                .toList();
    }

    private static String read(String name) {
        try (InputStream in = SchemaContract.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }
}
