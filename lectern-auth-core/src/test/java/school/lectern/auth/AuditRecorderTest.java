package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

class AuditRecorderTest {

    private Fixture f = new Fixture(AuditMode.DURABLE);

    @AfterEach
    void close() {
        f.close();
    }

    private void record(AuditMode recording) {
        f.close();
        f = new Fixture(recording);
    }

    @Test
    void the_entry_of_an_allowed_call_is_written_before_its_decision_returns() {
        IssuedToken token = f.issue();

        Allowed allowed = f.allowed(Ask.with(token).method("POST"));

        AuditEvent entry = f.calls.appended.get(0);
        assertThat(f.calls.appended).hasSize(1);
        assertThat(allowed.entry()).contains(entry);
        assertThat(entry.requestId()).isEqualTo(allowed.requestId());
        assertThat(entry.tenantId()).isEqualTo(Fixture.TENANT);
        assertThat(entry.tokenId()).isEqualTo(token.id());
        assertThat(entry.method()).isEqualTo("POST");
        assertThat(entry.endpoint()).isEqualTo("/v1/learners");
        assertThat(entry.at()).isEqualTo(f.clock.instant());
        assertThat(entry.event()).isEqualTo(AuditEvent.CALL);
        assertThat(entry.outcome()).isEqualTo("allowed");
        assertThat(entry.status()).isNull();
    }

    @Test
    void the_ids_of_entries_are_version_7_UUIDs_of_their_time() {
        IssuedToken token = f.issue();
        f.allowed(Ask.with(token));
        f.clock.advance(Duration.ofMillis(1));
        f.allowed(Ask.with(token));

        assertThat(f.calls.appended).hasSize(2).allSatisfy(entry -> {
            UUID id = UUID.fromString(entry.id());
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
            assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(entry.at().toEpochMilli());
        });
    }

    @Test
    void the_status_completes_the_entry() {
        Allowed allowed = f.allowed(Ask.with(f.issue()));
        f.auth.completed(allowed, 204);

        assertThat(f.calls.all()).singleElement().satisfies(row -> {
            assertThat(row.status()).isEqualTo(204);
            assertThat(row.id()).isEqualTo(allowed.entry().orElseThrow().id());
        });
    }

    @Test
    void a_denial_of_a_proven_token_is_one_row_with_its_status() {
        IssuedToken token = f.issue();
        Denied denied = f.denied(Ask.with(token).needing("read:finance"));

        assertThat(f.calls.appended).singleElement().satisfies(row -> {
            assertThat(row.requestId()).isEqualTo(denied.requestId());
            assertThat(row.tokenId()).isEqualTo(token.id());
            assertThat(row.tenantId()).isEqualTo(Fixture.TENANT);
            assertThat(row.status()).isEqualTo(403);
            assertThat(row.outcome()).isEqualTo("denied:" + Kind.INSUFFICIENT_SCOPE);
        });
    }

    @Test
    void a_denial_without_a_proven_token_names_none_and_is_only_offered() {
        f.denied(Ask.header());
        f.denied(Ask.header("Basic dTpw"));
        f.denied(Ask.with(Fixture.wrong(f.issue())));

        assertThat(f.calls.appended).isEmpty();
        assertThat(f.calls.offered).hasSize(3).allSatisfy(row -> {
            assertThat(row.tenantId()).isNull();
            assertThat(row.tokenId()).isNull();
            assertThat(row.status()).isEqualTo(401);
        });
        assertThat(f.calls.offered).extracting(AuditEvent::id).doesNotHaveDuplicates();
    }

    @Test
    void a_call_that_broke_is_offered_with_its_status() {
        IssuedToken token = f.issue();
        f.tokens.findInstead = () -> {
            throw new StorageException("down");
        };
        f.denied(Ask.with(token));

        assertThat(f.calls.offered).singleElement().satisfies(row -> {
            assertThat(row.status()).isEqualTo(500);
            assertThat(row.outcome()).isEqualTo("denied:" + Kind.UNAVAILABLE);
        });
    }

    @Test
    void buffered_calls_are_offered_and_never_waited_for() {
        record(AuditMode.BUFFERED);
        f.calls.refusesAppend = new StorageException("must not be asked");
        IssuedToken token = f.issue();

        Allowed allowed = f.allowed(Ask.with(token));
        f.denied(Ask.with(token).needing("read:finance"));
        f.auth.completed(allowed, 200);

        assertThat(allowed.entry()).isPresent();
        assertThat(f.calls.offered).hasSize(2);
        assertThat(f.calls.all()).extracting(AuditEvent::status).containsExactly(200, 403);
    }

    @Test
    void without_recording_nothing_is_written_and_completion_is_harmless() {
        record(AuditMode.OFF);
        Allowed allowed = f.allowed(Ask.with(f.issue()));
        f.denied(Ask.header());
        f.auth.completed(allowed, 200);

        assertThat(allowed.entry()).isEmpty();
        assertThat(f.calls.appended).isEmpty();
        assertThat(f.calls.offered).isEmpty();
    }
}
