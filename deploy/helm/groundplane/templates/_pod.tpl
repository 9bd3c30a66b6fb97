{{/* What every pod of the chart is allowed to: nothing. */}}
{{- define "groundplane.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "groundplane.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* The server: `(dict "root" $ "args" (list …) "resources" …)`. */}}
{{- define "groundplane.server" -}}
- name: groundplane
  image: {{ include "groundplane.image" .root }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args:
    - serve
    - --cluster={{ .root.Values.cluster.dir }}
    - --bind=0.0.0.0:8080
    - --tokens-file=/run/secrets/groundplane/tokens.json
    {{- range concat .args .root.Values.serve.args }}
    - {{ . | quote }}
    {{- end }}
  {{- with .root.Values.serve.env }}
  env:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    - { name: http, containerPort: 8080, protocol: TCP }
  # Slow to open is not dead: the startup probe gives five minutes, the others begin after it.
  startupProbe:
    httpGet: { path: /healthz, port: http }
    periodSeconds: 2
    failureThreshold: 150
  livenessProbe:
    httpGet: { path: /healthz, port: http }
    periodSeconds: 10
    timeoutSeconds: 3
    failureThreshold: 6
  readinessProbe:
    httpGet: { path: /readyz, port: http }
    periodSeconds: 5
    timeoutSeconds: 3
    failureThreshold: 2
  # A pod goes on getting requests for a moment after it is told to stop.
  lifecycle:
    preStop:
      exec: { command: [node, -e, 'setTimeout(() => {}, 5000)'] }
  resources:
    {{- toYaml .resources | nindent 4 }}
  securityContext:
    {{- include "groundplane.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - { name: data, mountPath: /data }
    - { name: tmp, mountPath: /tmp }
    - { name: tokens, mountPath: /run/secrets/groundplane, readOnly: true }
{{- end }}

{{- define "groundplane.commonVolumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 256Mi }
- name: tokens
  secret:
    secretName: {{ include "groundplane.tokensSecret" . }}
    defaultMode: 0440
    items: [{ key: tokens.json, path: tokens.json }]
{{- end }}

{{- define "groundplane.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
